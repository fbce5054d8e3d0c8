"""Shared by methods that train two networks side by side."""

from copy import deepcopy

from torch import Tensor, nn

from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import parts
from runner.parts.methods.erm import ERM
from runner.parts.ranks import ranks


def peers(network: nn.Module, peer: nn.Module, loss: Criterion, regularizer: Penalties) -> tuple[ERM, ERM]:
    """An ERM of each network; the second has a loss and regularizers of its own, which look at the second network.

    For a loss may keep something of each example, and what one network made of it is not what the other did.
    """
    instead: dict[int, object] = {id(part): peer.get_submodule(name) for name, part in network.named_modules()}
    instead |= {id(number): peer.get_parameter(name) for name, number in network.named_parameters()}
    # what they ask the loader to draw is one thing by one name
    instead |= {id(draw): draw for part in (*parts(loss), *parts(regularizer)) for draw in part.draws.values()}
    return ERM(network, loss, regularizer), ERM(peer, *deepcopy((loss, regularizer), instead))


def smallest(losses: Tensor, rate: float) -> Tensor:
    """(B,) weights of mean 1: equal for all but the share `rate` of largest losses (B,), which have none.

    int((1 - rate) B) examples are kept, at least one.

    >>> from torch import tensor
    >>> smallest(tensor([3.0, 0.0, 2.0, 1.0]), 0.25)
    tensor([0.0000, 1.3333, 1.3333, 1.3333])
    >>> smallest(tensor([3.0, 0.0]), 0.9)
    tensor([0., 2.])
    """
    b = len(losses)
    kept = max(int((1 - rate) * b), 1)
    return (ranks(losses) < kept).to(losses.dtype) * (b / kept)


def share(kept: Tensor, losses: Tensor) -> Tensor:
    """Losses (B,), but only where `kept` (B,), and so scaled that their mean is that of the kept ones.

    `kept` may also be weights; where they sum to less than one, nothing is scaled up further.

    >>> from torch import tensor
    >>> share(tensor([True, False]), tensor([3.0, 5.0]))
    tensor([6., 0.])
    """
    weight = kept.to(losses.dtype)
    return losses * (weight * (len(weight) / weight.sum().clamp(min=1)))


def forgotten(rate: float, epoch: int, ramp_epochs: int) -> float:
    """The share of examples left out in an epoch, counted from 1: none in the first, all of `rate` after the ramp.

    >>> forgotten(0.4, 1, 10), forgotten(0.4, 6, 10), forgotten(0.4, 60, 10)
    (0.0, 0.2, 0.4)
    """
    return rate * min((epoch - 1) / ramp_epochs, 1.0)
