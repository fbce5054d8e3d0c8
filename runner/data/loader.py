"""Batches of all seeds at once: drawn, augmented and normalised on the device."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from runner.data.inputs import Inputs
from runner.data.protocol import Labelled
from runner.data.streams import generator

Draw = Callable[[Generator, int], Tensor]  # (stream, B) -> what a method asked for
Sampler = Callable[[Tensor, Generator], Tensor]  # (given targets (N, ...), stream) -> places (N,) of an epoch
Augment = Callable[[Tensor, Sequence[Generator]], Tensor]  # (S, B, ...) as stored, S streams -> the same shape


class Batch(NamedTuple):
    """One step's examples, (S, B, ...) from the loader and (B, ...) inside a method.

    Attributes:
        x: (B, ...) normalised inputs; (B, V, ...) where the method asks for V views of each.
        labels: (B,) given labels; or (B, D) numbers, (B, K) bits or candidates.
        index: (B,) each example's place in this seed's training set, in [0, N).
        draws: what the method asked for, by name.
    """

    x: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # hides tuple.index, which nobody calls
    draws: dict[str, Tensor]

    def at(self, places: Tensor) -> "Batch":
        """Its examples at these places (B,) of the batch; with the draws as they are."""
        return Batch(self.x[places], self.labels[places], self.index[places], self.draws)


class Keys(NamedTuple):
    """What the streams of S seeds are keyed by.

    Attributes:
        order: those of batches.
        draw: those of augmentations, and of what the objective draws.
    """

    order: Sequence[int]
    draw: Sequence[int]


class Loader:
    """Every epoch is a new order of the training set; each seed has its own, whatever other seeds are about.

    The last batch may be smaller; a last batch of one example is left out, for BatchNorm has no variance of one.

    Args:
        inputs: of the data set.
        train: which of them, with which labels, on the device.
        keys: of the streams of S seeds.
        batch_size: B.
        samplers: which examples an epoch has, one a seed.
        augment: what happens to inputs on their way.
        draws: what the objective asks for, {name: (stream, B) -> tensor}, each from a stream of its own.
        views: V, how often each input is augmented; more than one become an axis after B.
    """

    def __init__(
        self,
        inputs: Inputs,
        train: Labelled,
        keys: Keys,
        batch_size: int,
        samplers: Sequence[Sampler],
        augment: Augment,
        draws: Mapping[str, Draw],
        views: int = 1,
    ):
        self.inputs = inputs
        self.train = train
        self.labels = train.given.cpu()
        self.batch_size = batch_size
        self.samplers = samplers
        self.augment = augment
        self.draws = draws
        self.views = views
        self.orders = [generator("order", key) for key in keys.order]
        self.augments = [generator("augment", key) for key in keys.draw]
        self.streams = {name: [generator("draw", name, key) for key in keys.draw] for name in draws}

    def state(self) -> list[list[Tensor]]:
        """Where all streams stand, between epochs."""
        return [[g.get_state() for g in streams] for streams in self._streams()]

    def restore(self, state: list[list[Tensor]]) -> None:
        """Put all streams where they stood."""
        for streams, states in zip(self._streams(), state, strict=True):
            for stream, kept in zip(streams, states, strict=True):
                stream.set_state(kept.cpu())

    def _streams(self) -> list[list[Generator]]:
        return [self.orders, self.augments, *self.streams.values()]

    def __len__(self) -> int:
        """Steps an epoch."""
        full, rest = divmod(self.train.place.shape[1], self.batch_size)
        return full + (rest > 1 or full == 0)

    def plain(self) -> Iterator[Tensor]:
        """The training inputs alone, (S, B, ...) in their order and as they are: nothing is drawn for them."""
        for x in self.inputs.batches(self.train.place.split(self.batch_size, dim=1)[: len(self)]):
            yield self.inputs.normalised(x)

    def __iter__(self) -> Iterator[Batch]:
        drawn_by = zip(self.samplers, self.labels, self.orders, strict=True)
        orders = [sampler(labels, g) for sampler, labels, g in drawn_by]
        order = torch.stack(orders).to(self.train.place.device)
        index, place, labels = (
            of_epoch.split(self.batch_size, dim=1)[: len(self)]
            for of_epoch in (order, self.train.place.gather(1, order), taken(self.train.given, order))
        )
        for y, at, x in zip(labels, index, self.inputs.batches(place), strict=True):
            drawn = {
                name: torch.stack([draw(g, x.shape[1]) for g in self.streams[name]]).to(x.device)
                for name, draw in self.draws.items()
            }
            seen = [self.inputs.normalised(self.augment(x, self.augments)) for _ in range(self.views)]
            yield Batch(seen[0] if self.views == 1 else torch.stack(seen, 2), y, at, drawn)


def taken(targets: Tensor, order: Tensor) -> Tensor:
    """Targets (S, N, ...) in the order (S, M) of each seed -> (S, M, ...)."""
    beyond = targets.shape[2:]
    return targets.gather(1, order.view(*order.shape, *[1] * len(beyond)).expand(*order.shape, *beyond))
