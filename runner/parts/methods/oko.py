"""Odd-k-out learning, OKO (Muttenthaler et al., "Set Learning for Accurate and Calibrated Models", ICLR 2024,
arXiv:2307.02245).

    L(set) = loss(sum of the members' logits, pair class),    k + 2 members: a pair of one class, k odd ones of others

The network is right about a set without being sure of each member, and so its logits stay smaller. Predictions are of
single examples.

Each example of a batch is the anchor of one set: its class is the pair class, the second member is another of that
class, and the odd ones are of other classes, no two of one; chosen evenly among all that the batch has. So classes are
as frequent as in the batch: the paper draws them uniformly, which is sampler=class_balanced here. Where a batch has no
other example of the class, the anchor counts twice; where it has no further class, the odd member is left out. One
pass serves B sets; the paper's k + 2 examples a set cost k + 2.

Args:
    pair: members of the pair class, 2 as in the paper, or 1.
    odd: k, at most K - 1; the paper's 1. With pair = 1 and odd = 0 it is ERM.
    target: hard: the pair class, the paper's choice; soft: the classes of the set as they are in it, 2 / (k + 2) the
        pair class's and 1 / (k + 2) each odd one's.

The released code has a second head beside, which predicts the odd class in training; it is left out here.
Regularizers see single examples. A loss with a memory of each example remembers the set that it is the anchor of.
"""

from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.soft import expected


class OKO(Method):
    """network, loss, regularizer: as in ERM; num_classes: K. All given by the runner.

    Raises:
        ValueError: a set would have more classes than there are.
    """

    network: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        num_classes: int,
        *,
        pair: Literal[1, 2],
        odd: Annotated[int, "[0, inf)"],
        target: Literal["hard", "soft"],
    ):
        super().__init__()
        if odd >= num_classes:
            raise ValueError(f"odd={odd}: must be at most {num_classes - 1}, one less than there are classes")
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.num_classes = num_classes
        self.pair = pair
        self.odd = odd
        self.target = target
        self.draws = {"oko_keys": _keys}

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        members, counts = self.sets(batch.labels, batch.draws["oko_keys"])
        together = _total(logits[members], counts)
        if self.target == "hard":
            losses = self.loss(together, batch)
        else:
            classes = _total(F.one_hot(batch.labels, self.num_classes).to(together)[members], counts)
            losses = expected(self.loss, together, classes / classes.sum(1, keepdim=True), batch)
            self.loss.note(together, batch)
        return self.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x)

    def sets(self, labels: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """labels (B,), keys (B, B) -> the members of each example's set, places (B, M), and if they count, (B, M) bool.

        Of those that may be chosen, the one whose key is the largest is.
        """
        itself = torch.arange(len(labels), device=labels.device)
        alike = labels[:, None] == labels
        members, counts = [itself], [torch.ones_like(itself, dtype=torch.bool)]
        if self.pair == 2:
            other, found = _chosen(keys, alike & (itself[:, None] != itself))
            members.append(other.where(found, itself))
            counts.append(torch.ones_like(found))
        free = ~alike
        for _ in range(self.odd):
            one, found = _chosen(keys, free)
            members.append(one)
            counts.append(found)
            free = free & (labels[one][:, None] != labels)
        return torch.stack(members, 1), torch.stack(counts, 1)


def _keys(g: Generator, b: int) -> Tensor:
    return torch.rand(b, b, generator=g)


def _chosen(keys: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
    """The candidate (B,) of the largest key in each row, and if there is any (B,)."""
    return keys.where(candidates, -1.0).argmax(1), candidates.any(1)


def _total(of_members: Tensor, counts: Tensor) -> Tensor:
    """(B, M, K) -> (B, K), of the members that count."""
    return (of_members * counts[..., None]).sum(1)
