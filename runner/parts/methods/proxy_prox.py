"""Proxy prox (Woodworth, Mishchenko and Bach, "Two losses are better than one: faster optimization using a cheaper
proxy", ICML 2023, arXiv:2302.03542).

    x_{t+1} ~ argmin over x of <df(x_t) - dh(x_t), x> + h(x) + ||x - x_t||^2 / (2 eta)

The target f is the mean cross-entropy of the validation examples, few and clean; the proxy h is the mean loss of the
training set, large and noisy. Each epoch is one x_t: it takes one gradient of f, and the optimizer's steps on the
batches go down the rest. If f - h is delta-smooth, the rate is that of gradient descent on a delta-smooth objective
(the paper's theorem; its experiments are unconfirmed). On a batch dh(x_t) is of that batch, so a step from x_t is one
along df.

Args:
    weight: of h, at least 0; the paper's 1. At 0 an epoch goes down f alone: x_t - eta df(x_t), if it has enough steps.
    eta: above 0; in theory 1 / delta. The optimizer's rate must be well below it.

Each step takes a second gradient, of h at x_t, which the runner does not count. Needs val_fraction above 0;
val_labels=true makes these examples clean. What is measured on validation examples is then of examples that were
trained on. It is for risk=mean, and for optimizers without decay, which would draw x_t with it. A loss that keeps
something of each example keeps it of x, not of x_t.

Limit: with f = h on a batch of everything it is the proximal point method of step eta. Where it starts it is h:

>>> from torch import tensor
>>> float(moved([tensor([1.0, 2.0])], [tensor([3.0, 4.0])], [tensor([1.0, 2.0])], eta=0.5))
0.0
>>> float(moved([tensor([2.0, 2.0])], [tensor([3.0, 4.0])], [tensor([1.0, 2.0])], eta=0.5))     # 3 + 1 / (2 eta)
4.0
"""

from collections.abc import Callable, Iterable
from typing import Annotated

from torch import Tensor, nn
from torch.func import grad
from torch.nn.functional import cross_entropy

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.elsewhere import elsewhere
from runner.parts.methods.erm import ERM


class ProxyProx(Method):
    """Few clean examples say where to, many noisy ones how. Args: as in ERM and in the module's docstring."""

    held_x: Tensor
    held_labels: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        *,
        weight: Annotated[float, "[0, inf)"],
        eta: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.weight = weight
        self.eta = eta
        for name, value in zip(("held_x", "held_labels"), held_out(), strict=True):
            self.register_buffer(name, value)
        for i, p in enumerate(self.erm.parameters()):
            self.register_buffer(f"start_{i}", p.detach().clone())
            self.register_buffer(f"slope_{i}", p.detach().clone().zero_())

    def begin(self, epoch: int, epochs: int) -> None:
        slopes = self._slopes(dict(self.erm.named_parameters()), self._wanted)
        for i, (name, p) in enumerate(self.erm.named_parameters()):
            getattr(self, f"start_{i}").copy_(p.detach())
            getattr(self, f"slope_{i}").copy_(slopes[name].detach())

    def forward(self, batch: Batch) -> Tensor:
        names = [name for name, _ in self.erm.named_parameters()]
        starts = {name: getattr(self, f"start_{i}") for i, name in enumerate(names)}
        along = [getattr(self, f"slope_{i}") for i in range(len(names))]
        if self.weight:
            proxy = self._slopes(starts, lambda erm: erm(batch).mean())
            along = [slope - self.weight * proxy[name] for name, slope in zip(names, along, strict=True)]
        toward = moved(self.erm.parameters(), along, starts.values(), eta=self.eta)
        return self.weight * self.erm(batch) + toward

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)

    def _wanted(self, erm: ERM) -> Tensor:
        return cross_entropy(erm.predict(self.held_x), self.held_labels)

    def _slopes(self, numbers: dict[str, Tensor], function: Callable[[ERM], Tensor]) -> dict[str, Tensor]:
        """The gradient of a function of this network and loss at other parameters."""

        def value(numbers: dict[str, Tensor], kept: dict[str, Tensor]) -> Tensor:
            return elsewhere(self.erm, numbers, kept, function)

        found: dict[str, Tensor] = grad(value)(numbers, dict(self.erm.named_buffers()))
        return found


def moved(at: Iterable[Tensor], along: Iterable[Tensor], start: Iterable[Tensor], *, eta: float) -> Tensor:
    """<along, at - start> + ||at - start||^2 / (2 eta), over tensors of like shapes: ()."""
    return sum(  # type: ignore[return-value]  # there is a network
        (a * (p - s)).sum() + ((p - s) ** 2).sum() / (2 * eta) for p, a, s in zip(at, along, start, strict=True)
    )
