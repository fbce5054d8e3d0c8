"""How weights move in a step."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from torch import Tensor

from runner.contracts.seed_axis import SeedAxis
from runner.nodes.eager import Eager


class Gradients(Protocol):
    """What an optimizer may ask for within a step, each at the weights as they are when it asks.

    Every answer is counted, and a report can compare objectives at equal counts. The first gradient of a batch moves
    what the objective keeps, such as running statistics; whatever is asked of that batch later leaves it alone. Random
    numbers of a batch are drawn once.
    """

    def __call__(self, i: int = 0) -> Tensor:
        """The objective (S,) on batch number `i` of this step; its gradient, clipped as the runner was told, is in
        `grad` of the parameters. One gradient."""

    def value(self, i: int = 0) -> Tensor:
        """The objective (S,) on batch number `i`, without a gradient. One forward pass."""

    def products(self, vectors: Mapping[Tensor, Tensor], i: int = 0) -> dict[Tensor, Tensor]:
        """The Hessian of the objective on batch number `i`, times a vector over the parameters. Two gradients.

        Args:
            vectors: what the vector has of a parameter, in its shape; 0 of each that is not named.

        Returns:
            What the product has of each parameter that is named.
        """

    def outputs(self, i: int = 0) -> Tensor:
        """What the network gives for batch number `i`, (S, B, H), without a gradient. One forward pass.

        This and the next two are for an optimizer that says `of_outputs`.
        """

    def slopes(self, outputs: Tensor, i: int = 0) -> Tensor:
        """The gradient of the objective on batch number `i` with respect to outputs of the network, both (S, B, H). No
        pass through the network, and not counted."""

    def pull(self, function: Callable[[Tensor], Tensor], i: int = 0) -> Tensor:
        """A function of the network's outputs, (S, B, H) -> (S,), in place of the objective: its value; its gradient,
        clipped likewise, is in `grad`. One gradient."""

    def __len__(self) -> int:
        """How many batches this step has: as many as the optimizer wants, fewer at the end of an epoch."""


class Moving(NamedTuple):
    """Attributes: weight: a parameter; slope: its gradient; state: kept of it by the optimizer; group: its numbers."""

    weight: Tensor
    slope: Tensor
    state: dict[str, Any]
    group: dict[str, Any]


class StackOptimizer(Eager, ABC):
    """An optimizer of stacks. The gradient of the step's first batch is in `grad` when the step begins.

    Whatever couples the parameters of one seed, such as a norm, is taken with `axis`: seeds share kernels, not numbers.
    torch's own optimizers that treat each number by itself need none of this.

    Attributes:
        stackable: False, on the class, where several seeds cannot be one tensor program: they are then trained one at a
            time. By default True. Of other optimizers than ours and torch's it is False.
        of_outputs: True, on the class, where a step asks for the outputs of the network: the objective then has to be a
            function of them. Read from the source. By default False.
        batches: how many batches a step is of. By default 1.
        axis: of seeds.
        seeds: the seeds of the stack, for streams of random numbers.
    """

    stackable: bool = True
    of_outputs: bool = False
    batches: int = 1

    def __init__(self, params: Any, seeds: Sequence[int], defaults: dict[str, Any]):
        """`params` and `seeds` are what every constructor is given; `defaults` are the numbers of each group."""
        super().__init__(params, defaults)
        self.seeds = seeds
        self.axis = SeedAxis(len(seeds))

    @abstractmethod
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]  # torch's closure is another idea
        """Move the weights. A parameter without `grad` stays as it is."""

    def evaluated(self) -> Iterator[tuple[Tensor, Tensor]]:
        """(parameter, the number that it has in evaluation) of each that has another one than in training. By default
        none."""
        yield from ()

    @property
    def averages(self) -> bool:
        """Does it say itself which weights are evaluated? Then no other average can."""
        return type(self).evaluated is not StackOptimizer.evaluated

    def moving(self) -> Iterator[Moving]:
        """Each parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    yield Moving(parameter, parameter.grad, self.state[parameter], group)
