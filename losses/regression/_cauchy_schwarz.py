"""Cauchy-Schwarz divergence and information of a batch, estimated with Gaussian kernels (Yu et al., "Cauchy-Schwarz
Divergence Information Bottleneck for Regression", ICLR 2024).

Both are of a whole batch, in bits, and no sums over examples: see cs_divergence.py and regularizer=cs_information.
"""

import math
from typing import Literal

from torch import Tensor


def divergence(
    x: Tensor, target: Tensor, prediction: Tensor, sigma: float, denominator: Literal["paper", "released"]
) -> Tensor:
    """Between the conditional distributions of targets and of predictions, given the inputs.

    Args:
        x: (B, P) inputs.
        target: (B, D).
        prediction: (B, D).
        sigma: width of all kernels, above 0.
        denominator: paper, (sum_i K_ji)^2; or released, sum_i K_ji^2.
    Returns:
        (), in bits, at least 0 with the paper's denominator but for rounding.
    """
    k = log_kernel(x, x, sigma)
    weight = -2 * k.logsumexp(1) if denominator == "paper" else -(2 * k).logsumexp(1)

    def crossed(a: Tensor, b: Tensor) -> Tensor:
        # of logarithms: where no prediction is near its target, every kernel would be 0
        return (k + log_kernel(a, b, sigma) + weight[:, None]).logsumexp((0, 1)) / math.log(2)

    return crossed(target, target) + crossed(prediction, prediction) - 2 * crossed(prediction, target)


def information(x: Tensor, features: Tensor, sigma: float) -> Tensor:
    """Quadratic mutual information of inputs (B, P) and features (B, F): (), in bits."""
    k, q = kernel(x, x, sigma), kernel(features, features, sigma)
    joint, product, crossed = (k * q).mean(), k.mean() * q.mean(), (k.mean(1) * q.mean(1)).mean()
    return joint.log2() + product.log2() - 2 * crossed.log2()


def normalised_information(x: Tensor, features: Tensor, sigma: float) -> Tensor:
    """The same over the square root of the product of each one's information about itself: (), and may exceed 1."""
    own = information(x, x, sigma) * information(features, features, sigma)
    return information(x, features, sigma) / own.sqrt()


def kernel(a: Tensor, b: Tensor, sigma: float) -> Tensor:
    """(B, P), (B, P) -> (B, B): exp(-|a_j - b_i|^2 / (2 sigma^2))."""
    return log_kernel(a, b, sigma).exp()


def log_kernel(a: Tensor, b: Tensor, sigma: float) -> Tensor:
    return (a[:, None] - b[None]).square().sum(-1) / (-2 * sigma**2)
