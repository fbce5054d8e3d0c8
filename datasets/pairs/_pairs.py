"""From parts, halves of pairs or more, to a data set of mutual information."""

from collections.abc import Sequence

import torch
from torch import Tensor

from datasets.split import Split


def split_of(parts: Sequence[Tensor], density: Tensor, num_train: int, information: float, task: str) -> Split:
    """The first examples for training and the others for testing, as they are drawn.

    Args:
        parts: the halves of pairs, or more parts, (N + M, ...) each, all of the same shape.
        density: (N + M,) log p(x, y) / p(x) p(y) of each pair, in nats, or of more parts what has their information as
            its mean.
        num_train: N.
        information: the mean of the density over pairs without end, in nats.
        task: what is asked.
    """
    x, y = torch.stack([*parts], 1).float(), density.float()[:, None]
    optimum = {"absolute_error": 0.0, "estimate": information}
    scales = torch.zeros(1), torch.ones(1)
    return Split(x[:num_train], y[:num_train], x[num_train:], y[num_train:], (), *scales, task=task, optimum=optimum)
