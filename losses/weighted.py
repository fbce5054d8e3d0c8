"""Fixed weights of classes around any loss, as the `weight` of torch's CrossEntropyLoss.

    L(z, y) = w_y * base(z, y),    w proportional to weight, of mean 1 over the training set

torch divides a batch of weighted losses by the sum of its weights. A loss of one example cannot see that sum, so the
weights are scaled to a mean of 1 over the given labels of the training set, which is what the sum comes to on average;
only their ratios matter, and the learning rate means what it does without them. Around focal loss they are its alpha.

Args:
    class_counts: (K,) the number of training examples with each given label, given by the runner.
    base: the loss that is weighted; draws and state are its own.
    weight: K numbers, at least 0; null: all are 1, which is the base.

>>> from torch import tensor, zeros
>>> from losses.ce import CE
>>> loss = Weighted(tensor([30.0, 10.0]), base=CE(), weight=[1.0, 3.0])    # the mean is 1.5: 2/3 and 2
>>> loss(zeros(2, 2), tensor([0, 1]), tensor([0, 1]))    # times log 2
tensor([0.4621, 1.3863])
>>> Weighted(tensor([30.0, 10.0]), base=CE(), weight=None)(zeros(1, 2), tensor([1]), tensor([0]))    # log 2
tensor([0.6931])
"""

from typing import Annotated

import torch
from torch import Tensor, nn


class Weighted(nn.Module):
    weights: Tensor

    def __init__(self, class_counts: Tensor, *, base: nn.Module, weight: list[Annotated[float, "[0, inf)"]] | None):
        super().__init__()
        self.base = base
        self.draws = dict(getattr(base, "draws", {}))
        counts = class_counts.double()
        weights = torch.ones_like(counts) if weight is None else torch.tensor(weight, dtype=torch.float64)
        if weights.shape != counts.shape:
            raise ValueError(f"weight={weight}: must be {len(counts)} numbers, one for each class")
        if not (total := (weights * counts).sum()) > 0:
            raise ValueError(f"weight={weight}: one must be above 0, of a class that has training examples")
        self.register_buffer("weights", weights * counts.sum() / total)

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,), the base's draws -> losses (B,)."""
        return self.weights[labels].to(logits.dtype) * self.base(logits, labels, index, **drawn)
