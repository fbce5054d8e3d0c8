"""What a module, such as empirical risk minimisation, would give with other weights."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from torch import Tensor, nn
from torch.func import functional_call

Numbers = Mapping[str, Tensor]
M = TypeVar("M", bound=nn.Module)


def elsewhere(module: M, numbers: Numbers, kept: Numbers, function: Callable[[M], Tensor]) -> Tensor:
    """A function of a module at other parameters, and with copies of buffers, so that its own stay as they were.

    Within torch.func.grad both have to be arguments of what it differentiates, for a loss that keeps something of its
    examples writes what depends on the parameters. Buffers that are not in `kept` are its own, and may change.
    """
    there = {f"module.{name}": number for name, number in numbers.items()}
    there |= {f"module.{name}": buffer.clone() for name, buffer in kept.items()}
    # under bf16 a layer has two names: torch would put it back once for each, and wrongly
    found: Tensor = functional_call(_Seen(module, function), there, (), tie_weights=False)
    return found


class _Seen(nn.Module):
    """A function of a module as a module, for functional_call."""

    def __init__(self, module: M, function: Callable[[M], Tensor]):
        super().__init__()
        self.module = module
        self.function = function

    def forward(self) -> Tensor:
        return self.function(self.module)
