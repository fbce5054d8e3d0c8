"""What the runner gives a constructor."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from torch import Tensor, nn

METHOD, RISK = {"group": "method"}, {"group": "risk"}  # what one group alone may ask for


@dataclass(frozen=True, kw_only=True)
class Given:
    """What losses, regularizers, methods and risks may ask for, by these names, before the star of the constructor.

    All of it is of one seed, and on the CPU. K is the number of classes, or of labels, N that of the seed's training
    examples.

    Attributes:
        num_train: N.
        num_classes: K; 0 where numbers are predicted.
        num_outputs: H, what the head of a network gives for an example; K but where the loss asks for others.
        input_shape: of one example, such as (C, H, W).
        class_counts: (K,) float32, how many training examples have each given label; (0,) of numbers.
        transition: (K, K) float32, the share of each true class (row) that has each given label (column); (0, 0) of
            what is no class.
        domain: (N,) int64, the environment of each training example; None where the data set has none.
        held_out: a function that gives the validation inputs (V, ...), normalised, and their labels (V,). It raises
            ValueError where val_fraction is 0.
        stored: a function from the name of a stored cell to its network of this seed. It raises ValueError where there
            is none, or where it is for inputs or classes of other numbers.
        network: the seed's network, before any step.
        another: a function from a number, at least 1, to a network of the same kind with other initial weights, which
            depend on seed and number alone.
        epochs: of all phases of training; of a method alone.
        loss: Criterion, (logits (B, K), batch) -> (B,); of a method alone.
        regularizer: Penalties, (losses (B,), features (B, D), logits (B, K), batch) -> (B,); of a method alone.
        method: the method whose losses it sees; of a risk alone.
    """

    num_train: int
    num_classes: int
    num_outputs: int
    input_shape: tuple[int, ...]
    class_counts: Tensor
    transition: Tensor
    domain: Tensor | None
    held_out: Callable[[], tuple[Tensor, Tensor]]
    stored: Callable[[str], nn.Module]
    network: nn.Module
    another: Callable[[int], nn.Module]
    epochs: int = field(metadata=METHOD)
    loss: nn.Module | None = field(default=None, metadata=METHOD)
    regularizer: nn.Module | None = field(default=None, metadata=METHOD)
    method: nn.Module | None = field(default=None, metadata=RISK)

    def to(self, group: str) -> dict[str, Any]:
        """What a part of this group may ask for, by its name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.metadata.get("group", group) == group}
