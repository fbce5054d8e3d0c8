"""Pinball loss of several quantiles (Koenker and Bassett, "Regression Quantiles", Econometrica, 1978).

    L(f, y) = mean over the D targets and the q levels t of max(t (y - f_t), (t - 1) (y - f_t))

The minimiser of a level is that quantile of the targets; 0.5 alone is half the absolute error. The head has q numbers a
target, in the order of the levels. Training lets quantiles cross. Evaluation sorts them, which never makes them worse
(Chernozhukov et al., "Quantile and Probability Curves Without Crossing", Econometrica, 2010).

Args:
    levels: in (0, 1), increasing.

Raises:
    ValueError: there is no level, or they do not increase.

>>> from torch import tensor
>>> Quantile(levels=[0.1, 0.9])(tensor([[0.0, 0.0]]), tensor([[2.0]]), tensor([0]))    # (0.1 * 2 + 0.9 * 2) / 2
tensor([1.])
>>> Quantile(levels=[0.5])(tensor([[0.0]]), tensor([[2.0]]), tensor([0]))    # half the absolute error
tensor([1.])
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from losses.regression._predictive import Quantiles


class Quantile(nn.Module):
    fits = ("regression",)
    levels: Tensor

    def __init__(self, *, levels: list[Annotated[float, "(0, 1)"]]):
        super().__init__()
        if not levels or sorted(set(levels)) != levels:
            raise ValueError(f"levels={levels}: must be one or more numbers that increase")
        self.register_buffer("levels", torch.tensor(levels, dtype=torch.float64))

    @staticmethod
    def outputs(targets: int, levels: list[float]) -> int:
        return targets * len(levels)

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D * q), target (B, D), index (B,) -> losses (B,)."""
        error = target[..., None] - self._each(prediction)
        levels = self.levels.to(error.dtype)
        return torch.maximum(levels * error, (levels - 1) * error).mean((-2, -1))

    def decode(self, prediction: Tensor) -> Quantiles:
        """prediction (..., D * q) -> quantiles of (..., D)."""
        return Quantiles(self.levels, self._each(prediction).sort(-1).values)

    def _each(self, prediction: Tensor) -> Tensor:
        return prediction.unflatten(-1, (-1, len(self.levels)))
