"""A loss is any module: what it does not say, this file does."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Protocol

from torch import Tensor, nn

from runner.console.errors import ConfigError, nearest
from runner.data.loader import Draw


class Loss(Protocol):
    """The loss of each example. A module of `losses/` knows nothing of the runner, and so is no subclass.

    Attributes:
        fits: the tasks that it is for; read from the source, so it is written out on the class. By default
            classification.
        kind: "example" for a loss of each example; "pair" for one of each example's two views; "set" for one number of
            a whole batch, "views" of the two views of one, "embeddings" of the embeddings and labels of one, "scores"
            of a critic's scores of the pairs of one: no risk but the mean may follow these. "recovered" for a loss of
            each example whose targets (B, D) a method makes, such as noise, where training sees none of the data's.
            Read from the source like `fits`.
        inputs: True, on the class, where it also gets the inputs x (B, ...), normalised, as a keyword argument.
        draws: as of a Part; the loss gets what was drawn as keyword arguments of these names. A loss around another one
            names the other's as well.
        stackable: as of a Part.
        of_bits: True, on the class, of a "recovered" loss whose targets are 1 and 0. By default numbers.
        heads: names of heads of a model whose logits the loss is made for; with another it is said before training.
            By default any.
    """

    fits: tuple[str, ...] = ("classification",)
    kind: Literal["example", "pair", "set", "views", "embeddings", "scores", "recovered"] = "example"
    inputs: bool = False
    draws: Mapping[str, Draw] = MappingProxyType({})
    stackable: bool = True
    heads: tuple[str, ...] = ()
    of_bits: bool = False

    def __call__(self, logits: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """Predictions (B, H), targets and each example's place (B,) in the training set, [0, N) -> (B,); () of a
        whole batch.

        Targets are labels (B,) int64 of classes; numbers (B, D), of mean 0 and deviation 1 in training; bits (B, K) of
        labels, 1, 0, or -1 for one that is not told; sets (B, K) of candidates, 1 or 0. Of a pair and of views, two
        views' embeddings (B, H) stand in place of predictions and targets, of embeddings these (B, D) of predictions.
        Of scores (B, B), entry i, j is that of the first half of pair i with the second half of pair j; targets are not
        looked at.
        """
        ...

    @staticmethod
    def outputs(targets: int) -> int:
        """H, what the head of a network gives for an example with D numbers, K labels or one of K classes.

        By default as many as there are. It may ask by name for what the loss's YAML says, such as `bins`.
        """
        return targets

    def decode(self, predictions: Tensor) -> Any:
        """Predictions (..., H) -> what they say of numbers (..., D): see losses/regression/_predictive.py.

        By default they are the numbers. Where information is estimated they are scores of pairs (..., B, B), and it is
        the estimate (...) that is reported, in nats.
        """
        return predictions

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


def outputs(loss: type, targets: int, node: Mapping[str, Any]) -> int:
    """H of a loss with these arguments; see Loss.outputs. Raises ConfigError where that is no number of outputs."""
    function, name = said(loss, "outputs"), f"loss ({node['_target_']}): its outputs"
    wanted = list(inspect.signature(function).parameters)[1:]
    for each in wanted:
        if each not in node:
            raise ConfigError(f"{name} asks for {each}, which its YAML does not say; {nearest(each, node)}")
    try:
        found = function(targets, **{each: node[each] for each in wanted})
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from error
    if type(found) is not int or found < 1:
        raise ConfigError(
            f"{name} gives {found!r} where targets are {targets} wide; must be a whole number, at least 1"
        )
    return found


def said(loss: nn.Module | type, hook: str) -> Any:
    """A hook of a loss, or what Loss has in its place."""
    return getattr(loss, hook, getattr(Loss, hook))


def begin(loss: nn.Module, epoch: int, epochs: int) -> None:
    """Let a loss, and those that it is around, begin an epoch."""
    for module in loss.modules():
        if hasattr(module, "begin"):  # Loss.begin is of no module
            module.begin(epoch, epochs)  # type: ignore[operator]
