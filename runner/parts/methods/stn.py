"""Self-tuning networks, which find their dropout rates while they train (MacKay et al., "Self-Tuning Networks: Bilevel
Optimization of Hyperparameters using Structured Best-Response Functions", ICLR 2019, arXiv:1903.03088; the released
code asteroidhouse/self-tuning-networks, commit 3c42049).

    y = s (W x + b) + (V_w h) * (W_h x) + (V_b h) * b_h        of each linear layer
    training    mean loss at h + softplus(rho) eps, eps ~ N(0, 1) of each example; moves the weights
    validation  mean loss at h + softplus(rho) eps, less tau times the entropy of that noise; moves h and rho

h has a number for each linear layer: its inputs are dropped with probability 0.9 sigmoid(h) while training, and never
while validating, where h acts through the layers' response to it alone. Weights are trained by the optimizer on every
batch, h and rho by Adam on the validation examples. V is 0 at the start, so that the network begins as the plain one.

Args:
    start: the dropout rate at the start, in (0, 0.9); ours.
    perturb: the deviation of the noise on h at the start, above 0; the code's 0.5.
    every: batches to one step of h, at least 1; 2 in the code's script for convolutional networks.
    lr: of h and rho, at least 0; the code's 3e-3. 0: the rates stay.
    entropy: tau, at least 0; the code's 1e-5.
    warm_up: epochs before the first step of h; the code's 5.

Needs val_fraction above 0. Measures of validation examples are then of examples that chose the rates. The code takes a
batch of validation examples for a step, here it is all of them. The gradient of h is not counted by the runner. It is
for networks of linear layers, model=mlp or linear.

>>> from torch import tensor
>>> rate(tensor(0.0))    # of h = 0
tensor(0.4500)
"""

from collections.abc import Callable
from functools import partial
from math import log
from typing import Annotated, Any

import torch
from torch import Generator, Tensor, nn
from torch.func import grad
from torch.nn.functional import cross_entropy, linear, softplus

from runner.contracts.method import Method
from runner.contracts.model import Model
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.elsewhere import Numbers, elsewhere
from runner.parts.methods.erm import ERM
from runner.parts.methods.own_adam import OwnAdam

HIGHEST = 0.9  # dropout rate


class STN(Method):
    """Args: as in ERM and in the module's docstring.

    Attributes:
        tuned: (2, n) h and rho, of n layers.
        taken: () batches.
        rates: (n,) the present dropout rates.
    """

    held_x: Tensor
    held_labels: Tensor
    tuned: Tensor
    taken: Tensor
    ready: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        *,
        start: Annotated[float, "(0, 0.9)"],
        perturb: Annotated[float, "(0, inf)"],
        every: Annotated[int, "[1, inf)"],
        lr: Annotated[float, "[0, inf)"],
        entropy: Annotated[float, "[0, inf)"],
        warm_up: Annotated[int, "[0, inf)"],
    ):
        super().__init__()
        self.box = Box()
        self.layers = _responding(network, self.box)
        self.erm = ERM(network, loss, regularizer)
        self.every, self.lr, self.entropy, self.warm_up = every, lr, entropy, warm_up
        for name, value in zip(("held_x", "held_labels"), held_out(), strict=True):
            self.register_buffer(name, value)
        h, rho = log(start / (HIGHEST - start)), log(torch.tensor(perturb).expm1().item())
        n, widths = len(self.layers), [layer.weight.shape[1] for layer in self.layers]
        self.register_buffer("tuned", torch.tensor([[h] * n, [rho] * n]))
        self.register_buffer("taken", torch.zeros(()))
        self.adam = OwnAdam(lr, (2, n))
        self.register_buffer("ready", torch.zeros(()))
        self.draws = {
            "stn_given": partial(_normal, n), "stn_held": lambda g, _: _normal(n, g, len(self.held_x)),
            "stn_dropped": lambda g, size: torch.rand(size, sum(widths), generator=g),
        }  # fmt: skip
        self._tell()

    @property
    def rates(self) -> Tensor:
        return rate(self.tuned[0])

    def begin(self, epoch: int, epochs: int) -> None:
        self.ready.fill_(float(epoch > self.warm_up))

    def forward(self, batch: Batch) -> Tensor:
        if self.lr:
            self._step(batch.draws["stn_held"])
        h = self.tuned[0] + softplus(self.tuned[1]) * batch.draws["stn_given"]
        with self.box.holding(h, batch.draws["stn_dropped"]):
            return self.erm(batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)

    def _step(self, noise: Tensor) -> None:
        """One of Adam on h and rho, where it is due."""
        self.taken += 1
        due = (self.ready > 0) & (self.taken % self.every == 0)
        numbers = {name: p.detach() for name, p in self.erm.named_parameters()}
        slope = grad(self._validated)(self.tuned.clone(), numbers, dict(self.erm.named_buffers()), noise)
        self.tuned.copy_(self.adam.step(self.tuned, slope, due))
        self._tell()

    def _validated(self, tuned: Tensor, numbers: Numbers, kept: Numbers, noise: Tensor) -> Tensor:
        """What h and rho minimise: the loss of the validation examples, less the entropy of the noise, but for a
        constant."""
        deviation = softplus(tuned[1])

        def loss(erm: ERM) -> Tensor:
            with self.box.holding(tuned[0] + deviation * noise):
                return cross_entropy(erm.predict(self.held_x), self.held_labels)

        return elsewhere(self.erm, numbers, kept, loss) - self.entropy * deviation.log().sum()

    def _tell(self) -> None:
        """Let the layers know h, for whoever looks at the network alone."""
        for layer in self.layers:
            layer.h.copy_(self.tuned[0])


class Box:
    """What the layers of a network look into while it is called.

    Attributes:
        h: (B, n) of the examples, or None.
        dropped: (B, D) uniform in [0, 1), a number for each input of each layer; None: nothing is dropped.
    """

    h: Tensor | None = None
    dropped: Tensor | None = None

    def holding(self, h: Tensor, dropped: Tensor | None = None) -> "Box":
        self.h, self.dropped = h, dropped
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: Any) -> None:
        self.h = self.dropped = None


class Responding(nn.Module):
    """A linear layer that responds to h (n,): see the module's docstring.

    Args:
        layer: whose weights it has at the start.
        n: of h.
        number: which one of h is its dropout rate's.
        first: where its inputs begin in Box.dropped.
        box: where h is found.
    """

    h: Tensor

    def __init__(self, layer: nn.Linear, n: int, number: int, first: int, box: Box):
        super().__init__()
        out, width = layer.weight.shape
        self.weight, self.bias = layer.weight, layer.bias
        self.scale = nn.Parameter(torch.ones(1))
        other = nn.Linear(width, out)
        self.response_weight, self.response_bias = other.weight, other.bias
        self.gates = nn.Parameter(torch.zeros(2 * out, n))
        self.register_buffer("h", torch.zeros(n))
        self.number, self.inputs, self.box = number, slice(first, first + width), box

    def forward(self, x: Tensor) -> Tensor:
        h = self.h if self.box.h is None else self.box.h
        if self.box.dropped is not None:
            share = rate(h[:, self.number, None])
            x = x * (self.box.dropped[:, self.inputs] >= share) / (1 - share)
        of_weight, of_bias = linear(h, self.gates).chunk(2, -1)
        plain = self.scale * linear(x, self.weight, self.bias)
        return plain + of_weight * linear(x, self.response_weight) + of_bias * self.response_bias


def rate(h: Tensor) -> Tensor:
    """Dropout rates of h."""
    return HIGHEST * h.sigmoid()


def _normal(n: int, g: Generator, size: int) -> Tensor:
    return torch.randn(size, n, generator=g)


def _responding(network: nn.Module, box: Box) -> list[Responding]:
    """Put a layer that responds in the place of each linear one of a network. Raises ValueError for other networks."""
    assert isinstance(network, Model)
    plain = [
        (name, layer)
        for name, layer in network.named_modules()
        if next(layer.parameters(recurse=False), None) is not None
    ]
    if not all(type(layer) is nn.Linear and layer.bias is not None for _, layer in plain):
        raise ValueError("is for networks of linear layers alone, such as model=mlp without normalisation")
    made, first = [], 0
    for number, (name, layer) in enumerate(plain):
        assert isinstance(layer, nn.Linear)
        made.append(Responding(layer, len(plain), number, first, box))
        first += layer.weight.shape[1]
        parent, _, last = name.rpartition(".")
        setattr(network.get_submodule(parent), last, made[-1])
    return made
