"""The risk of positive and unlabelled examples, in its two parts."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

SURROGATES: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda margin: margin.neg().sigmoid(),
    "logistic": lambda margin: F.softplus(-margin),
}


def binary(num_classes: int) -> None:
    """Raise ValueError where there are other than two classes."""
    if num_classes != 2:
        raise ValueError(f"needs two classes, for example classes=[0,1]; this data set has {num_classes}")


def parts(logits: Tensor, labels: Tensor, prior: float, surrogate: str) -> tuple[Tensor, Tensor]:
    """Of logits (B, 2) and labels (B,) the risk () of positives, and that of negatives () as positives and unlabelled
    examples tell it; means over no example are 0."""
    loss = SURROGATES[surrogate]
    score = logits[:, 1] - logits[:, 0]
    positive = labels.to(score.dtype)
    of_positive = prior * positive / positive.sum().clamp(min=1)
    of_unlabelled = (1 - positive) / (1 - positive).sum().clamp(min=1)
    return (of_positive * loss(score)).sum(), ((of_unlabelled - of_positive) * loss(-score)).sum()
