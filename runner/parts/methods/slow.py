"""Slow copies of networks, as teachers: weights that follow those that are trained."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.func import functional_call

Parts = Sequence[tuple[str, nn.Module]]


def keep_slow(owner: nn.Module, parts: Parts) -> None:
    """Register the weights of each part, as they are, as buffers of the owner: name_0, name_1, ..."""
    for name, module in parts:
        for i, number in enumerate(module.parameters()):
            owner.register_buffer(f"{name}_{i}", number.detach().clone())


def slowly(owner: nn.Module, parts: Parts, momentum: float, x: Tensor, *told: Tensor) -> Tensor:
    """What the parts, one after the other, make of x by their slow weights, which are moved first:

    w <- momentum w + (1 - momentum) (those that are trained)

    Each part is told the same beside x.
    """
    for name, module in parts:
        numbers = {name: number.clone() for name, number in module.named_buffers()}  # which stay the network's
        for i, (key, number) in enumerate(module.named_parameters()):
            numbers[key] = getattr(owner, f"{name}_{i}")
            numbers[key].mul_(momentum).add_((1 - momentum) * number.detach())
        # under bf16 a layer has two names: torch would put it back once for each, and wrongly
        x = functional_call(module, numbers, (x, *told), tie_weights=False)
    return x
