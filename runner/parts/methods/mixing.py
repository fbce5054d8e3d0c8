"""Shared by methods that mix two examples into one."""

from torch import Tensor

from runner.data.loader import Batch
from runner.parts.methods.erm import ERM
from runner.parts.methods.soft import mixed


def blend(x: Tensor, places: Tensor, share: Tensor) -> Tensor:
    """share * x + (1 - share) * x[places]: x (B, ...), places (B,), share () or (B,) -> (B, ...).

    >>> from torch import tensor
    >>> blend(tensor([[1.0], [3.0]]), tensor([1, 0]), tensor(0.75))
    tensor([[1.5000],
            [2.5000]])
    """
    share = share.view(-1, *[1] * (x.dim() - 1))
    return share * x + (1 - share) * x[places]


def of_mixed(erm: ERM, features: Tensor, share: Tensor, one: Batch, other: Batch) -> Tensor:
    """Losses (B,) of mixed examples, share () or (B,) of which are one and the rest the other, from their features."""
    logits = erm.network.head(features)
    losses = mixed(erm.loss, logits, share, one, other)
    erm.loss.note(logits, one)
    return erm.regularizer(losses, features, logits, one)
