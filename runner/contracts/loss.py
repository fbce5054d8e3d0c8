"""A loss is any module: what it does not say, this file does."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from torch import Tensor, nn

from runner.console.errors import ConfigError
from runner.data.loader import Draw


class Loss(Protocol):
    """The loss of each example. A module of `losses/` knows nothing of the runner, and so is no subclass.

    Attributes:
        draws: as of a Part; the loss gets what was drawn as keyword arguments of these names. A loss around another one
            names the other's as well.
        stackable: as of a Part.
        heads: names of heads of a model whose logits the loss is made for; with another it is said before training.
            By default any.
    """

    draws: Mapping[str, Draw] = MappingProxyType({})
    stackable: bool = True
    heads: tuple[str, ...] = ()

    def __call__(self, logits: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """Logits (B, K), labels (B,) and each example's place (B,) in the training set, [0, N) -> (B,)."""
        ...

    def begin(self, epoch: int, epochs: int) -> None:
        """As of a Part, but it changes buffers only."""


def check_loss(path: str, loss: Any) -> None:
    """Raise ConfigError where it cannot be called as a loss.

    Args:
        path: its key, and what it names.
    """
    if not isinstance(loss, nn.Module):
        raise ConfigError(f"{path}: must be an nn.Module, and is {type(loss).__name__}")
    if type(loss).forward is nn.Module.forward:
        raise ConfigError(f"{path}: lacks forward(logits, labels, index), the loss of each example")


def said(loss: nn.Module, hook: str) -> Any:
    """A hook of a loss, or what Loss has in its place."""
    return getattr(loss, hook, getattr(Loss, hook))


def begin(loss: nn.Module, epoch: int, epochs: int) -> None:
    """Let a loss, and those that it is around, begin an epoch."""
    for module in loss.modules():
        if hasattr(module, "begin"):  # Loss.begin is of no module
            module.begin(epoch, epochs)  # type: ignore[operator]
