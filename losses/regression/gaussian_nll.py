"""Negative log-likelihood of a normal distribution, and beta-NLL (Seitzer et al., "On the Pitfalls of Heteroscedastic
Uncertainty Estimation with Probabilistic Neural Networks", ICLR 2022).

    L(f, y) = mean over the D targets of s^(2 beta) ((y - m)^2 / (2 s^2) + log s),    s^(2 beta) held constant

The head has two numbers a target: first the D means m, then the D logarithms of deviations s. With beta = 0 it is the
likelihood, less log(2 pi) / 2: the gradient of the mean is divided by s^2, so that examples that are fitted badly are
given up. With beta = 1 the mean is trained as by the squared error.

Args:
    beta: in [0, 1]. The paper's is 0.5.
    smallest: the least deviation, in standard deviations of the targets, in (0, 1): log s is clamped to it, and to its
        inverse, so that the loss stays finite. Ours; the paper's code has a softplus for the variance.

>>> from torch import tensor
>>> GaussianNLL(beta=0.0, smallest=1e-3)(tensor([[1.0, 0.0]]), tensor([[3.0]]), tensor([0]))    # 2^2 / 2
tensor([2.])
>>> head = tensor([[1.0, 0.7]], requires_grad=True)
>>> GaussianNLL(beta=1.0, smallest=1e-3)(head, tensor([[3.0]]), tensor([0])).sum().backward()
>>> head.grad[0, 0]    # beta = 1: the mean's gradient is m - y, whatever s
tensor(-2.)
"""

import math
from typing import Annotated

from torch import Tensor, nn

from losses.regression._predictive import Gaussian


class GaussianNLL(nn.Module):
    fits = ("regression",)

    def __init__(self, *, beta: Annotated[float, "[0, 1]"], smallest: Annotated[float, "(0, 1)"]):
        super().__init__()
        self.beta = beta
        self.farthest = -math.log(smallest)

    @staticmethod
    def outputs(targets: int) -> int:
        return 2 * targets

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, 2 * D), target (B, D), index (B,) -> losses (B,)."""
        mean, log_scale = self._both(prediction)
        losses = ((target - mean) * (-log_scale).exp()).square() / 2 + log_scale
        return ((2 * self.beta * log_scale.detach()).exp() * losses).mean(-1)

    def decode(self, prediction: Tensor) -> Gaussian:
        """prediction (..., 2 * D) -> a normal distribution of (..., D)."""
        mean, log_scale = self._both(prediction)
        return Gaussian(mean, log_scale.exp())

    def _both(self, prediction: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_scale = prediction.chunk(2, -1)
        return mean, log_scale.clamp(-self.farthest, self.farthest)
