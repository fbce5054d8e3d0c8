"""What one seed minimises, and what of it is evaluated: a method under a risk."""

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.contracts.model import Model
from runner.contracts.part import Part
from runner.contracts.terms import Risk
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion
from runner.objective.online import OnlineProbe
from runner.objective.phases import phase_at


class Objective(nn.Module):
    """forward(batch) is risk(method(batch), batch), one number; predict(x) is the method's.

    Args:
        epochs: of all training.
    """

    def __init__(self, method: Method, risk: Risk, epochs: int):
        super().__init__()
        self.method = method
        self.risk = risk
        self.epochs = epochs

    def begin(self, epoch: int) -> None:
        """Before an epoch of all, counted from 1: the method enters its phase, then every part begins."""
        phase = phase_at(epoch, self.starts, self.epochs)
        self.method.enter(phase.number)
        for part in parts(self):
            part.begin(epoch - phase.start, phase.epochs)

    @property
    def constant(self) -> bool:
        """Is it the same in every epoch, but for its numbers? Of losses only these change."""
        return not any(part.changes for part in parts(self) if not isinstance(part, Criterion))

    @property
    def starts(self) -> tuple[int, ...]:
        """Epochs after which a phase begins, the first of them 0: see runner/objective/phases.py."""
        return self.method.starts

    def forward(self, batch: Batch) -> Tensor:
        return self.risk(self.method(batch), batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.method.predict(x)

    def front(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> logits (P, M, K), the method's."""
        return self.method.front(x)

    def features(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> features (M, D), the method's."""
        return self.method.represent(x)

    def last_weight(self) -> Tensor:
        """(K, D) of the last layer, the method's."""
        return self.method.last_weight()

    def online(self) -> Tensor:
        """(D + 1, K) of the online probe, the last row the bias; (0, 0) where there is none."""
        heads = (each.weight for each in self.modules() if isinstance(each, OnlineProbe))
        return next(heads, torch.zeros(0, 0))

    def of_outputs(self, outputs: Tensor, batch: Batch) -> Tensor:
        """What forward(batch) is where predict(batch.x) are these outputs, of a method that can `judge`."""
        return self.risk(self.method.judge(outputs, batch), batch)


def parts(module: nn.Module) -> list[Part]:
    """All parts within a module, itself included, from the outside in."""
    return [each for each in module.modules() if isinstance(each, Part)]


def stacks(module: nn.Module) -> bool:
    """Can copies of it be one tensor program? Not if a part or a network within it says that it is not `stackable`."""
    return all(each.stackable for each in module.modules() if isinstance(each, Part | Model))


def draws_of(objective: nn.Module) -> dict[str, Draw]:
    """What all parts of an objective ask the loader to draw.

    Raises:
        ValueError: two parts mean different things by one name.
    """
    found: dict[str, Draw] = {}
    for part in parts(objective):
        for name, draw in part.draws.items():
            if found.setdefault(name, draw) is not draw:
                raise ValueError(f"two parts of the objective draw {name}")
    return found
