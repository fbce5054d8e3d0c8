"""What empirical risk minimisation would give with other weights."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn
from torch.func import functional_call

from runner.parts.methods.erm import ERM

Numbers = Mapping[str, Tensor]


def elsewhere(erm: ERM, numbers: Numbers, kept: Numbers, function: Callable[[ERM], Tensor]) -> Tensor:
    """A function of a network and its loss at other parameters, and with other buffers, which stay as they were.

    Within torch.func.grad both have to be arguments of what it differentiates, for a loss that keeps something of its
    examples writes what depends on the parameters.
    """
    there = {f"erm.{name}": number for name, number in numbers.items()}
    there |= {f"erm.{name}": buffer.clone() for name, buffer in kept.items()}
    # under bf16 a layer has two names: torch would put it back once for each, and wrongly
    found: Tensor = functional_call(_Seen(erm, function), there, (), tie_weights=False)
    return found


class _Seen(nn.Module):
    """A function of ERM as a module, for functional_call."""

    def __init__(self, erm: ERM, function: Callable[[ERM], Tensor]):
        super().__init__()
        self.erm = erm
        self.function = function

    def forward(self) -> Tensor:
        return self.function(self.erm)
