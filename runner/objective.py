"""What one seed minimises, and what of it is evaluated: a method under a risk."""

from typing import Any

from torch import Tensor, nn

from runner.loader import Batch


class Objective(nn.Module):
    """forward(batch) is risk(method(batch)), one number; predict(x) is the method's."""

    method: Any

    def __init__(self, method: nn.Module, risk: nn.Module):
        super().__init__()
        self.method = method
        self.risk = risk

    def forward(self, batch: Batch) -> Tensor:
        return self.risk(self.method(batch))

    def predict(self, x: Tensor) -> Tensor:
        return self.method.predict(x)
