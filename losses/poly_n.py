"""Poly-N cross-entropy (Leng et al., "PolyLoss", ICLR 2022, arXiv:2204.12511).

    L(z, y) = -log p_y + sum_{j=1..N} epsilon_j * (1 - p_y)^j,    p = softmax(z)

Cross-entropy is the series sum_j (1 - p_y)^j / j; Poly-N changes the weights of its first N terms from 1 / j to
1 / j + epsilon_j. The first terms hold most of the gradient near p_y = 1.

Args:
    epsilons: what is added to the weights of the terms 1 to N, each at least -1 / j, so that no weight is negative.
        The paper finds most of the gain in the first term (the loss poly) and tunes it by task: 2 for ImageNet
        classification, -1 for detection. Its figures for N above 1 are unconfirmed.
    smoothing: in [0, 1), label smoothing as in torch: the loss's mean over the smoothed label. For N = 1 this is what
        optax computes from soft labels, -sum q log p + epsilon * (1 - sum q p); for N above 1 the paper is unconfirmed.

>>> from torch import tensor, zeros
>>> PolyN(epsilons=[1.0, 2.0], smoothing=0.0)(zeros(1, 10), tensor([3]), tensor([0]))    # log 10 + 0.9 + 2 * 0.81
tensor([4.8226])
>>> PolyN(epsilons=[], smoothing=0.0)(zeros(1, 10), tensor([3]), tensor([0]))    # no epsilons: cross-entropy, log 10
tensor([2.3026])
"""

from typing import Annotated

import torch
from torch import Tensor, nn


class PolyN(nn.Module):
    def __init__(self, *, epsilons: list[Annotated[float, "[-1, inf)"]], smoothing: Annotated[float, "[0, 1)"]):
        super().__init__()
        for j, epsilon in enumerate(epsilons, 1):
            if epsilon < -1 / j:
                raise ValueError(
                    f"epsilons[{j - 1}]={epsilon}: must be at least -1/{j}, or its term has negative weight"
                )
        self.epsilons = list(epsilons)
        self.smoothing = smoothing

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        miss = -log_p.expm1()
        series = torch.zeros_like(miss)
        for epsilon in reversed(self.epsilons):
            series = (series + epsilon) * miss
        each = series - log_p
        return (1 - self.smoothing) * each.gather(-1, labels[:, None])[:, 0] + self.smoothing * each.mean(-1)
