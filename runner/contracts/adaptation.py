"""What a network does while it is tested: it adapts to inputs without labels."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

from torch import Tensor

from runner.contracts.seed_axis import SeedAxis


class Adaptable(Protocol):
    """Copies of S trained networks that may be changed. Each stream is met by networks as they were trained.

    Attributes:
        axis: of the parameters.
        weights: all that training changed, (S, ...) each, and (...) of one seed.
        affine: of these the scales and shifts of every BatchNorm, (S, C) each, and (C,) of one seed.
    """

    axis: SeedAxis
    weights: Sequence[Tensor]
    affine: Sequence[Tensor]

    def predict(self, x: Tensor) -> Tensor:
        """Logits (S, B, K) of inputs (S, B, ...), where every BatchNorm takes the mean and the variance of x, mixed
        with those of training as `prior` of the adaptation says. A gradient reaches `weights`."""
        ...

    def features(self, x: Tensor) -> Tensor:
        """Features (S, B, D) of the same inputs, in the same way."""
        ...

    def slopes(self, objective: Tensor, of: Sequence[Tensor]) -> Sequence[Tensor]:
        """The gradient of each seed's objective (S,) with respect to its own part of some `weights`."""
        ...

    def another(self) -> "Adaptable":
        """Further copies of the networks, as they were trained."""
        ...

    def familiar(self, count: int, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs (S, size, ...) and given labels (S, size) of at most `count` training examples of each seed, batch
        after batch, in an order that is always the same."""
        ...

    def source(self, x: Tensor) -> Tensor:
        """Logits (S, B, K) of the networks as they were trained, with the statistics of training; no gradient."""
        ...


class Adaptation(ABC):
    """Predicts a stream of test batches and adapts to them, S seeds at once: a batch is predicted, then a step is made.

    Of a stream it is given inputs alone, never a label. At each evaluation copies of the networks meet the test
    examples: those of one environment are one stream, in an order of each seed's own. These are the metrics adapted/*;
    test/* are of the networks as they were trained. The constructor may ask for num_classes, and for seeds, S numbers
    that its random streams are keyed by.

    Attributes:
        fits: the tasks that it is for, ("any",) for all. Read from the source, so it is written out on the class. By
            default classification.
        measured: False, on the class, where no metrics adapted/* are measured. By default True.
        needs_batch_norm: True, on the class, where a network without BatchNorm cannot adapt. By default True.
        batch_size: B, examples that come together. The last batch of a stream may be smaller, not of one.
        continual: does the state, that of the networks included, stay from one stream to the next? By default each
            stream is met anew.
        prior: with n examples in a batch BatchNorm takes n / (n + prior) of their statistics, the rest of training's.
            By default 0.
    """

    fits: ClassVar[tuple[str, ...]] = ("classification",)
    measured: ClassVar[bool] = True
    needs_batch_norm: ClassVar[bool] = True
    batch_size: int
    continual: bool = False
    prior: float = 0.0

    def prepare(self, network: Adaptable) -> None:  # noqa: B027  # optional
        """Called at each evaluation before the first stream, with networks as they were trained. By default nothing."""

    def begin(self, network: Adaptable) -> None:  # noqa: B027  # optional
        """Called before a stream that is met anew, with networks as they were trained. By default nothing."""

    @abstractmethod
    def adapt(self, network: Adaptable, x: Tensor) -> Tensor:
        """Logits (S, B, K) of the next batch (S, B, ...), and then a step: what is predicted is not changed by it.

        A seed that diverged may have logits that are not finite; it must not raise.
        """
