"""Is an estimate of mutual information consistent with itself? (Song and Ermon, "Understanding the Limitations of
Variational Mutual Information Estimators", ICLR 2020, arXiv:1910.06222, self-consistency tests.)

    I(X; [h(Y), Y]) / I(X; Y) = 1      what is computed from a half tells nothing more: data processing
    I([X, X']; [Y, Y']) / I(X; Y) = 2  two independent pairs tell twice as much: additivity

Three separable critics learn side by side, with the same loss: of pairs, of pairs whose second half has h of itself
beside it, and of two pairs at a time. No truth is needed. h keeps the first half of Y's numbers, or of a picture's
rows, and puts zeros for the others; the paper leaves out the last rows of a picture. Say `measure=[consistency]` for
the ratios.

A batch of B pairs makes B / 2 pairs of pairs, the first with the one in the middle, that share none. So that all three
compare the same number, whose logarithm caps InfoNCE, the other critics see the first B / 2 pairs of it. Penalties look
at the features of g of pairs.

Args:
    width: numbers of an embedding, as of separable_critic.
    block: pairs that an evaluation makes estimates of, half as many at a time; even, 4 to 65,536.

Limit: with the log density ratio as each critic, the ratios are 1 and 2 up to the scatter of a sample. A critic that
errs by as much in all three fails: a cap of c nats has the ratios 1 and 1.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import check_parts, halves, in_blocks, scores_of_blocks
from runner.parts.methods.towers import Towers

Halves = tuple[Tensor, Tensor]


class SelfConsistency(Method):
    """network, another, loss, regularizer, input_shape: of Given.

    Raises:
        ValueError: an input has no two parts, or block is odd.
    """

    fits = ("mutual_information",)
    kinds = ("scores",)
    consistency = True

    def __init__(
        self,
        network: Any,
        another: Callable[[int], Any],
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
        block: Annotated[int, "[4, 65536]"],
    ):
        check_parts(input_shape, 2)
        if block % 2:
            raise ValueError(f"block={block}: must be even, for two pairs at a time")
        super().__init__()
        networks = [network, *map(another, range(1, 6))]
        both = zip(networks[::2], networks[1::2], strict=True)
        self.critics = nn.ModuleList(Towers(one, other, input_shape, width) for one, other in both)
        self.losses = nn.ModuleList([loss, deepcopy(loss), deepcopy(loss)])  # each keeps what it keeps of one critic
        self.regularizer = regularizer
        self.together = block

    def forward(self, batch: Batch) -> Tensor:
        size = max(len(batch.x) // 2, 1)
        half = batch._replace(x=batch.x[:size], labels=batch.labels[:size], index=batch.index[:size])
        compared = arranged(half.x, batch.x.roll(-size, 0)[:size])
        embedded = [critic(*each) for critic, each in zip(self.critics, compared, strict=True)]
        scores = [one @ other.mT for _, one, other in embedded]
        losses = torch.stack([loss(each, half) for loss, each in zip(self.losses, scores, strict=True)]).sum(0)
        return self.regularizer(losses, embedded[0][0], scores[0], half).mean().expand(len(batch.x))

    def predict(self, x: Tensor) -> Tensor:
        """Pairs (M, 2, ...) -> scores (M, 3, block / 2) of the three critics: see Measures.

        The pair beside a pair is block / 2 pairs further on in its block, or back; nan where the last block has none.
        """
        size = self.together // 2
        beside = in_blocks(x, self.together).roll(size, 1).flatten(0, 1)[: len(x)]
        embedded = [critic(*each) for critic, each in zip(self.critics, arranged(x, beside), strict=True)]
        return torch.stack([scores_of_blocks(one, other, size) for _, one, other in embedded], 1)


def arranged(x: Tensor, beside: Tensor) -> tuple[Halves, Halves, Halves]:
    """What the three critics compare, inputs of both networks, (M, 2, ...) each.

    Args:
        x: pairs (M, 2, ...).
        beside: others, the same shape, one beside each.

    >>> x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])    # a pair: x = (1, 2), y = (3, 4)
    >>> plain, processed, doubled = arranged(x, 10 * x)
    >>> processed[1].tolist(), doubled[0].tolist()      # h(y) and y; x and x'
    ([[[3.0, 0.0], [3.0, 4.0]]], [[[1.0, 2.0], [10.0, 20.0]]])
    """
    first, second = halves(x)
    processed = torch.stack([_part(x[:, 1]), x[:, 1]], 1)
    both = torch.stack([x, beside], 2)
    return (first, second), (first, processed), (both[:, 0], both[:, 1])


def _part(y: Tensor) -> Tensor:
    """h of halves (M, D, ...): zeros in the last D / 2 places."""
    kept = y.shape[1] - y.shape[1] // 2
    return torch.cat([y[:, :kept], torch.zeros_like(y[:, kept:])], 1)
