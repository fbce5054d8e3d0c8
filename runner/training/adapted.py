"""Test examples as streams that networks adapt to, batch after batch."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from runner.contracts.adaptation import Adaptation
from runner.data.inputs import Inputs
from runner.data.streams import generator
from runner.stack.adaptable import AdaptableStack, Familiar
from runner.stack.stack import Stack


class Streams(NamedTuple):
    """The streams of S seeds.

    Attributes:
        adaptation: what is done on the way.
        places: (S, M_e) of each environment e the test examples in the order in which they come.
    """

    adaptation: Adaptation
    places: Sequence[Tensor]

    @property
    def order(self) -> Tensor:
        """(S, M) all of them, stream after stream."""
        return torch.cat([*self.places], 1)


def streams(adaptation: Adaptation, domain: Tensor, seeds: Sequence[int | None]) -> Streams:
    """A stream of each environment, in the order of their numbers, and within it in an order of each seed's own.

    Args:
        domain: (M,) the environment of each test example.
        seeds: of the orders, one a seed.
    """
    draws = [generator("stream", seed) for seed in seeds]
    places = []
    for k in domain.unique().tolist():
        its = (domain == k).nonzero()[:, 0]
        orders = [torch.randperm(len(its), generator=draw).to(its.device) for draw in draws]
        places.append(torch.stack([its[order] for order in orders]))
    return Streams(adaptation, places)


def in_batches(places: Tensor, size: int) -> list[Tensor]:
    """Examples (S, M) in batches (S, size); what would be a last one of one example is in the one before.

    >>> [batch.shape[1] for batch in in_batches(torch.zeros(2, 9), 4)]
    [4, 5]
    """
    pieces = list(places.split(size, 1))
    if len(pieces) > 1 and pieces[-1].shape[1] == 1:
        pieces[-2:] = [torch.cat(pieces[-2:], 1)]
    return pieces


def predicted(stack: Stack, streams: Streams, inputs: Inputs, familiar: Familiar) -> Iterator[Tensor]:
    """Logits (S, B, K) of one batch after the other. The stack stays as it is.

    Args:
        inputs: of the test examples; labels are not asked for.
        familiar: gives training examples, see Adaptable.
    """
    adaptation = streams.adaptation
    network = AdaptableStack(stack, adaptation.prior, familiar)
    adaptation.prepare(network)
    for number, places in enumerate(streams.places):
        if number == 0 or not adaptation.continual:
            network.restore()
            adaptation.begin(network)
        for x in inputs.batches(in_batches(places, adaptation.batch_size)):
            yield adaptation.adapt(network, inputs.normalised(x))
