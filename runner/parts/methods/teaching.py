"""What methods with a teacher share."""

from copy import deepcopy

from torch import nn

from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM


def part_of(epochs: int, **shares: float) -> list[int]:
    """How many of the epochs each phase has, by its share of them; at least one, and one must be left.

    Raises:
        ValueError: none is left.

    >>> part_of(60, teacher_share=0.5)
    [30]
    >>> part_of(3, teacher_share=0.1, cmi_share=0.1)
    [1, 1]
    >>> part_of(2, teacher_share=0.9)
    Traceback (most recent call last):
    ValueError: teacher_share=0.9: of 2 epochs none are left for the last phase; must be smaller, or epochs more
    """
    parts = [max(round(share * epochs), 1) for share in shares.values()]
    if sum(parts) >= epochs:
        said = ", ".join(f"{name}={share}" for name, share in shares.items())
        raise ValueError(
            f"{said}: of {epochs} epochs none are left for the last phase; must be smaller, or epochs more"
        )
    return parts


def taught(teacher: nn.Module, loss: Criterion) -> ERM:
    """A teacher trained by the loss alone. Its loss has its own state of examples, apart from the student's.

    Regularizers are the student's: they may hold its network, or layers for the size of its features.
    """
    return ERM(teacher, deepcopy(loss), Penalties({}))
