"""Cauchy-Schwarz divergence of predictions from targets, given the inputs (Yu et al., "Cauchy-Schwarz Divergence
Information Bottleneck for Regression", ICLR 2024; repository SJYuCNEL/Cauchy-Schwarz-Information-Bottleneck).

    L = log2 S(y, y) + log2 S(f, f) - 2 log2 S(f, y)
    S(a, b) = sum_j (sum_i K_ji k(a_j, b_i)) / d_j,    k(a, b) = exp(-|a - b|^2 / (2 sigma^2)),    K_ji = k(x_j, x_i)
    d_j = (sum_i K_ji)^2

It is one number of a batch, in bits, estimated with kernels: examples whose inputs lie near each other are to have
predictions distributed as their targets are. Its limit f = y is 0. The paper's objective adds beta times an estimate of
the information of features about inputs, regularizer=cs_information.

The released training passes targets (B,), for which its kernel matrices are not what is meant and L becomes the sum of
squared errors over log 2. Here targets are (B, D). Inputs are flattened; where they have many numbers, sigma must grow
with their distances, or no two inputs are near each other.

Args:
    sigma: width of all kernels, in deviations of inputs and of targets, above 0. The released code's is 1.
    denominator: d_j, paper; or released, sum_i K_ji^2.

>>> from torch import tensor, zeros
>>> loss, y, index = CSDivergence(sigma=1.0, denominator="paper"), tensor([[0.0], [1.0]]), tensor([0, 1])
>>> loss(y, y, index, x=zeros(2, 3)).abs() < 1e-6
tensor(True)
>>> loss(y + 1, y, index, x=zeros(2, 3))    # of equal inputs: -2 log2 of (2 e^-1/2 + e^-2 + 1) / (2 + 2 e^-1/2)
tensor(0.9045)
"""

from typing import Annotated, Literal

from torch import Tensor, nn

from losses.regression._cauchy_schwarz import divergence


class CSDivergence(nn.Module):
    fits = ("regression",)
    kind = "set"
    inputs = True

    def __init__(self, *, sigma: Annotated[float, "(0, inf)"], denominator: Literal["paper", "released"]):
        super().__init__()
        self.sigma = sigma
        self.denominator: Literal["paper", "released"] = denominator

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor, *, x: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,), x (B, ...) -> ()."""
        return divergence(x.flatten(1), target, prediction, self.sigma, self.denominator)
