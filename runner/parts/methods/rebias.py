"""ReBias (Bahng et al., "Learning De-biased Representations with Biased Representations", ICML 2020, arXiv:1910.02806).

    f minimises L(f) + weight * HSIC(f, g),    g minimises L(g) - weight * HSIC(f, g)
    HSIC = (tr KL + 1'K1 1'L1 / ((B - 1)(B - 2)) - 2 / (B - 2) 1'KL1) / (B (B - 3))

K and L are the RBF kernels exp(-d^2 / (2 sigma^2)) of a batch's features under f and under g, their diagonals zeroed:
the unbiased estimate of the Hilbert-Schmidt independence criterion (Song et al., 2012). g cannot but rely on the bias,
such as colour, by how it is built; f, which is evaluated, is to be independent of what g has learned.

Both take their steps at once, each with the other as it is (the released code's g goes first), under one optimizer.
The value is f's objective: g's is subtracted again, and only its gradient stays. g has a copy of the loss, and no
penalties. A batch of fewer than four examples has no HSIC, and is trained on without. The released code does not zero
the diagonal but subtracts it, a row of ones, from every row; this moves all entries off the diagonal by one number,
which the estimate does not feel: it is the same.

Args:
    biased: g, a network; the paper's for colours is model=pointwise. Another: model@method.biased=linear.
    weight: lambda, at least 0; the paper's 1.
    sigma: radius of both kernels, above 0, the paper's 1 on Biased MNIST; or median: the root of the batch's median
        squared distance, for each network its own (the released code's option takes it from a quarter of the data).

Limit: weight = 0 is ERM. HSIC of features that do not vary is 0:

>>> import torch
>>> x = torch.tensor([[0.0], [1.0], [3.0], [4.0]])
>>> hsic(x, torch.ones(4, 1), sigma=1.0).abs() < 1e-7
tensor(True)
"""

from copy import deepcopy
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM


class ReBias(Method):
    """Trains a network against a biased one. Args: as in ERM and in the module's docstring."""

    biased: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        *,
        biased: Annotated[nn.Module, "model"],
        weight: Annotated[float, "[0, inf)"],
        sigma: Annotated[float, "(0, inf)"] | Literal["median"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.biased = biased
        self.biased_loss = deepcopy(loss)  # a loss may keep something of each example
        self.weight = weight
        self.sigma = sigma

    def forward(self, batch: Batch) -> Tensor:
        f, g = self.erm.network.features(batch.x), self.biased.features(batch.x)
        own = self.erm.of(f, batch) + self.weight * hsic(f, g.detach(), sigma=self.sigma)
        other = self.biased_loss(self.biased.head(g), batch) - self.weight * hsic(f.detach(), g, sigma=self.sigma)
        return own + (other - other.detach())

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def hsic(f: Tensor, g: Tensor, *, sigma: float | str) -> Tensor:
    """How dependent features (B, D) and others (B, E) of the same examples are: (); 0 for fewer than four of them."""
    n = len(f)
    if n < 4:
        return f.new_zeros(())
    off = 1 - torch.eye(n, dtype=f.dtype, device=f.device)
    k, l = (_kernel(features, sigma) * off for features in (f, g))
    whole = k.sum() * l.sum() / ((n - 1) * (n - 2))
    return ((k * l).sum() + whole - 2 * (k.sum(0) * l.sum(0)).sum() / (n - 2)) / (n * (n - 3))


def _kernel(features: Tensor, sigma: float | str) -> Tensor:
    """(B, B) the RBF kernel of features (B, D)."""
    products = features @ features.mT
    squares = products.diagonal()
    distances = (squares[:, None] + squares - 2 * products).clamp(min=0)
    square = distances.detach().median().clamp(min=1e-12) if sigma == "median" else float(sigma) ** 2
    return (-distances / (2 * square)).exp()
