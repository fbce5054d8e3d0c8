"""Steps of Adam that some seeds may sit out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from runner.contracts.seed_axis import SeedAxis

BETAS, EPSILON = (0.9, 0.999), 1e-8


class Steps:
    """Adam (Kingma and Ba, ICLR 2015), of the parameters of S seeds; what a seed that sits out has stays as it is.

    Args:
        parameters: (S, ...) each, or without S of one seed; changed in place.
        lr: the learning rate.
    """

    def __init__(self, axis: SeedAxis, parameters: Sequence[Tensor], lr: float):
        self.axis = axis
        self.parameters = parameters
        self.lr = lr
        self.taken = torch.zeros(axis.size, device=parameters[0].device)
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]

    @torch.no_grad()
    def take(self, slopes: Sequence[Tensor], moves: Tensor) -> None:
        """One step down these gradients, of the seeds that move, (S,) bool."""
        self.taken += moves
        corrections = [1 - beta ** self.taken.clamp(min=1) for beta in BETAS]
        for p, slope, first, second in zip(self.parameters, slopes, self.first, self.second, strict=True):
            at, (a, b) = self.axis.wide(moves, p), (self.axis.wide(c, p) for c in corrections)
            first.copy_(first.lerp(slope, 1 - BETAS[0]).where(at, first))
            second.copy_(second.lerp(slope.square(), 1 - BETAS[1]).where(at, second))
            p.copy_((p - self.lr * (first / a) / ((second / b).sqrt() + EPSILON)).where(at, p))
