"""What one seed minimises, and what of it is evaluated: a method under a risk."""

from typing import Any

from torch import Tensor, nn

from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion
from runner.objective.phases import phase_at


class Objective(nn.Module):
    """forward(batch) is risk(method(batch), batch), one number; predict(x) is the method's.

    Args:
        epochs: of all training.
    """

    method: Any

    def __init__(self, method: nn.Module, risk: nn.Module, epochs: int):
        super().__init__()
        self.method = method
        self.risk = risk
        self.epochs = epochs

    def begin(self, epoch: int) -> None:
        """Before an epoch of all, counted from 1: a method with phases enters one, every part with `begin` begins.

        Parts are told the epoch, counted from 1, and the number of epochs of the phase: begin(epoch, epochs). A part
        may set attributes that depend on these alone, and change its buffers, but draws nothing.
        """
        phase = phase_at(epoch, self.starts, self.epochs)
        if hasattr(self.method, "enter"):
            self.method.enter(phase.number)
        for part in self._changing():
            part.begin(epoch - phase.start, phase.epochs)

    @property
    def constant(self) -> bool:
        """Is it the same in every epoch, but for its numbers? Of losses only these change."""
        losses = {id(module) for each in self.modules() if isinstance(each, Criterion) for module in each.modules()}
        changing = [part for part in self._changing() if id(part) not in losses]
        return not changing and not hasattr(self.method, "enter")

    def _changing(self) -> list[Any]:
        return [module for module in self.modules() if module is not self and hasattr(module, "begin")]

    @property
    def starts(self) -> tuple[int, ...]:
        """Epochs after which a phase begins, the first of them 0: see runner/phases.py."""
        return getattr(self.method, "starts", (0,))

    def forward(self, batch: Batch) -> Tensor:
        return self.risk(self.method(batch), batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.method.predict(x)


def draws_of(objective: nn.Module) -> dict[str, Draw]:
    """What all parts of an objective ask the loader to draw.

    Raises:
        ValueError: two parts mean different things by one name.
    """
    found: dict[str, Draw] = {}
    for module in objective.modules():
        for name, draw in getattr(module, "draws", {}).items():
            if found.setdefault(name, draw) is not draw:
                raise ValueError(f"two parts of the objective draw {name}")
    return found
