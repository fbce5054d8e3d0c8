"""Losses that make classes of a target: what they have in common."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from losses.regression._predictive import Histogram


class Bins(nn.Module, ABC):
    """Cross-entropy over m equally wide bins; the head has their logits, m numbers a target.

    Args:
        low, high: where the first bin begins and the last one ends.
        bins: m.
    """

    fits = ("regression",)
    edges: Tensor

    def __init__(self, low: float, high: float, bins: int):
        super().__init__()
        self.register_buffer("edges", torch.linspace(low, high, bins + 1, dtype=torch.float64))

    @staticmethod
    def outputs(targets: int, bins: int) -> int:
        return targets * bins

    @abstractmethod
    def shares(self, target: Tensor) -> Tensor:
        """The probabilities (..., m) that stand for a target (...)."""

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D * m), target (B, D), index (B,) -> losses (B,)."""
        return self.compared(self.shares(target), self.logits(prediction).log_softmax(-1)).mean(-1)

    def compared(self, shares: Tensor, log_p: Tensor) -> Tensor:
        """shares (..., m), logarithms of predicted probabilities (..., m) -> (...)."""
        return -(shares * log_p).sum(-1)

    def decode(self, prediction: Tensor) -> Histogram:
        """prediction (..., D * m) -> a histogram of (..., D)."""
        return Histogram(self.edges.to(prediction.dtype), self.logits(prediction).softmax(-1))

    def logits(self, prediction: Tensor) -> Tensor:
        return prediction.unflatten(-1, (-1, len(self.edges) - 1))


def check(low: float, high: float) -> None:
    """Raise ValueError unless low is below high."""
    if not low < high:
        raise ValueError(f"low={low:g}: must be below high={high:g}")


def around(low: float, high: float, bins: int) -> tuple[float, float]:
    """Where bins begin and end whose first centre is low and whose last is high. Raises ValueError as `check` does."""
    check(low, high)
    half = (high - low) / (bins - 1) / 2
    return low - half, high + half


def levels(target: Tensor, low: float, high: float, bins: int) -> tuple[Tensor, Tensor]:
    """Target (..., 1) and centres (m,), counted in bins from 1 to m: low is 1 and high is m, as what is beyond them."""
    level = (target.clamp(low, high) - low) / (high - low) * (bins - 1) + 1
    return level[..., None], torch.arange(1, bins + 1, dtype=target.dtype, device=target.device)


def two_hot(level: Tensor, centres: Tensor) -> Tensor:
    """Level (..., 1) within centres (m,) -> (..., m), shared out between its two neighbours."""
    return (1 - (level - centres).abs()).clamp(min=0)
