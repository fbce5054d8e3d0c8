"""sl-BAMM, the averaged method of multipliers for two levels, for the weights of noisy examples (Liu et al., "Averaged
Method of Multipliers for Bi-Level Optimization without Lower-Level Strong Convexity", ICML 2023, arXiv:2302.03407; the
released code callous-youth/sl-BAMM, commit a140395).

    min over x of F(y),  y the weights that minimise  f(x, y) = mean_i sigmoid(x_i) loss_i(y)
    psi = mu F + (1 - mu) f
    y <- y - beta d psi/dy
    v <- v - eta (d2 psi/dy2 v - dF/dy)
    x <- x - alpha (dF/dx - d/dx <d psi/dy, v>)

F is the mean cross-entropy of the validation examples, which are few and clean; x_i is a number of each training
example, 0 at the start. All three steps look at what was there before (Jacobi order, as in the code's strategy3.py;
another of its files takes one after another). The step of y is the optimizer's, of psi on a batch. With k steps taken

    mu = mu0 / (k + 1)^(1 / 10),  eta = beta (k + 1)^(-tau / 2),  alpha = rate mu^3 beta (k + 1)^(-3 tau / 2)

which are the paper's exponents, tau = 1 / 40. What differs: dF/dx is 0 here, and alpha goes with the derivative by x_i
of an example's own weighted loss, not of the mean over all. The code that cleans data with this method is not public,
so its step sizes are not known; the code has an exact line search for eta.

Args:
    mu: mu0, in [0, 1); the paper's 0.9. At 0, with rate=0 it is ERM with half of each loss.
    beta: above 0; the paper's 0.1. For y it is optimizer.lr.
    rate: of x, at least 0; 1 would be the paper's for one example.

Needs val_fraction above 0; val_labels=true makes these examples clean. What is measured on validation examples is then
of examples that were trained on. A step takes a product with the Hessian besides, which the runner does not count. It
is for risk=mean.
"""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor, nn, zeros
from torch.func import grad
from torch.nn.functional import cross_entropy

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.elsewhere import elsewhere
from runner.parts.methods.erm import ERM

TAU = 1 / 40
POWER = 1 / 10  # of mu
Numbers = dict[str, Tensor]
Level = Callable[..., Tensor]  # of x, y and what is kept


class SLBAMM(Method):
    """Args: as in ERM and in the module's docstring.

    Attributes:
        logits: (N,) x.
        taken: () steps.
    """

    held_x: Tensor
    held_labels: Tensor
    logits: Tensor
    taken: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_train: int,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        *,
        mu: Annotated[float, "[0, 1)"],
        beta: Annotated[float, "(0, inf)"],
        rate: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.mu, self.beta, self.rate = mu, beta, rate
        for name, value in zip(("held_x", "held_labels"), held_out(), strict=True):
            self.register_buffer(name, value)
        self.register_buffer("logits", zeros(num_train))
        self.register_buffer("taken", zeros(()))
        for i, p in enumerate(self.erm.parameters()):
            self.register_buffer(f"v_{i}", p.detach().clone().zero_())

    def forward(self, batch: Batch) -> Tensor:
        mu, names = self.mu / (self.taken + 1) ** POWER, [name for name, _ in self.erm.named_parameters()]
        x = self.logits[batch.index]
        self._step(batch, mu, x, names)
        upper = self._wanted(self.erm)
        return mu * upper + (1 - mu) * x.sigmoid() * self.erm(batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)

    def _wanted(self, erm: ERM) -> Tensor:
        return cross_entropy(erm.predict(self.held_x), self.held_labels)

    def _step(self, batch: Batch, mu: Tensor, x: Tensor, names: list[str]) -> None:
        """Move v and x; y is the optimizer's."""
        y = {name: p.detach() for name, p in self.erm.named_parameters()}
        v = {name: getattr(self, f"v_{i}") for i, name in enumerate(names)}
        k = self.taken + 1

        def upper(x: Tensor, y: Numbers, kept: Numbers) -> Tensor:
            return elsewhere(self.erm, y, kept, self._wanted)

        def lower(x: Tensor, y: Numbers, kept: Numbers) -> Tensor:
            return (x.sigmoid() * elsewhere(self.erm, y, kept, lambda erm: erm(batch))).mean()

        _, slope_v, slope_x = moves(upper, lower, mu, x, y, v, dict(self.erm.named_buffers()))
        for name in names:
            v[name].sub_(self.beta * k ** (-TAU / 2) * slope_v[name])
        alpha = self.rate * mu**3 * self.beta * k ** (-3 * TAU / 2)
        self.logits[batch.index] = x - alpha * len(x) * slope_x
        self.taken.add_(1)


def moves(
    upper: Level, lower: Level, mu: float | Tensor, x: Tensor, y: Numbers, v: Numbers, *kept: Numbers
) -> tuple[Numbers, Numbers, Tensor]:
    """The directions against which y, v and x go, from F = upper and f = lower: see the module's docstring."""

    def psi(x: Tensor, y: Numbers, *kept: Numbers) -> Tensor:
        return mu * upper(x, y, *kept) + (1 - mu) * lower(x, y, *kept)

    def along(x: Tensor, y: Numbers, *kept: Numbers) -> Tensor:
        slopes = grad(psi, argnums=1)(x, y, *kept)
        return sum((slopes[name] * v[name]).sum() for name in v)

    turned_x, turned_y = grad(along, argnums=(0, 1))(x, y, *kept)
    upper_x, upper_y = grad(upper, argnums=(0, 1))(x, y, *kept)
    slopes = grad(psi, argnums=1)(x, y, *kept)
    return slopes, {name: turned_y[name] - upper_y[name] for name in v}, upper_x - turned_x
