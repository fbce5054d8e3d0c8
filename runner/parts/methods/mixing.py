"""Shared by methods that mix two examples into one."""

import torch
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


def partners(allowed: Tensor, order: Tensor) -> Tensor:
    """(B,) the place of a partner for each example, any of those that are allowed as likely as the others.

    It is the next one that is allowed in a random order of the batch; an example with none is its own.

    Args:
        allowed: (B, B) bool, who may be whose partner (row); what it says of an example and itself is not looked at.
        order: (B,) each example's place in the random order.

    >>> labels, order = torch.tensor([0, 1, 0, 2]), torch.tensor([3, 1, 0, 2])
    >>> partners(labels[:, None] == labels, order)
    tensor([2, 1, 0, 3])
    """
    count = len(order)
    steps = (order - order[:, None]) % count  # 0 to itself alone
    own = torch.eye(count, dtype=torch.bool, device=order.device)
    return steps.where(allowed, count + 1).where(~own, count).argmin(1)


def between(erm: ERM, batch: Batch, places: Tensor, share: Tensor) -> Tensor:
    """Losses (B,) of inputs between each example and the one at `places` (B,): share () or (B,) of the first."""
    features = erm.network.features(blend(batch.x, places, share))
    return of_mixed(erm, features, share, batch, batch.at(places))


def of_mixed(erm: ERM, features: Tensor, share: Tensor, one: Batch, other: Batch) -> Tensor:
    """Losses (B,) of mixed examples, share () or (B,) of which are one and the rest the other, from their features."""
    logits = erm.network.head(features)
    losses = mixed(erm.loss, logits, share, one, other)
    erm.loss.note(logits, one)
    return erm.regularizer(losses, features, logits, one)
