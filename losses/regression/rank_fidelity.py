"""Fidelity of the order of two examples (Tsai et al., "FRank", SIGIR 2007; You et al., "Teaching Large Language Models
to Regress Accurate Image Quality Scores Using Score Distribution", DeQA-Score, CVPR 2025).

    L   = mean over the D targets and all pairs i < j of a batch of
          1 - sqrt(p q + 1e-8) - sqrt((1 - p) (1 - q) + 1e-8)
    p   = Phi((y_i - y_j) / (sqrt(2) scale)),    q = Phi((f_i - f_j) / sqrt(2)),    Phi the normal distribution function

p is the probability that the one is the larger where targets have normal errors, q where predictions have errors of
deviation 1, as the released training fixes it. The paper's scores each have a measured deviation; here (decided) all
have one. It is one number of a batch, at most 1.

Only differences of predictions count: it says which example is the larger, and not how large. Look at
test/spearman; errors such as the RMSE mean nothing. The paper adds it to soft_scores' loss with weight 1.

Args:
    scale: deviation of a target's error, in standard deviations of the targets, above 0.

>>> from torch import tensor
>>> loss, y, index = RankFidelity(scale=1.0), tensor([[0.0], [2.0]]), tensor([0, 1])
>>> loss(y + 5, y, index).abs() < 1e-6    # the same differences
tensor(True)
>>> loss(-y, y, index)    # the other way around: p = Phi(-sqrt(2)), q = 1 - p, 1 - 2 sqrt(p (1 - p))
tensor(0.4616)
"""

from math import sqrt
from typing import Annotated

import torch
from torch import Tensor, nn

EPS = 1e-8  # of the released code


class RankFidelity(nn.Module):
    fits = ("regression",)
    kind = "set"

    def __init__(self, *, scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> (); 0 of one example."""
        true, seen = differences(target) / self.scale, differences(prediction)
        losses = 1 - agreement(true, seen) - agreement(-true, -seen)
        place = torch.arange(len(losses), device=losses.device)
        before = (place[:, None] < place)[..., None]
        return torch.where(before, losses, 0).sum((0, 1)).mean() / before.sum().clamp(min=1)


def differences(values: Tensor) -> Tensor:
    """(B, D) -> (B, B, D), in deviations of a difference of two errors of deviation 1."""
    return (values[:, None] - values) / sqrt(2)


def agreement(one: Tensor, other: Tensor) -> Tensor:
    """Geometric mean of the probabilities that a normal number is below either."""
    return (torch.special.ndtr(one) * torch.special.ndtr(other) + EPS).sqrt()
