"""Batches of all seeds at once, drawn and normalised on the device."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from datasets.split import Split
from runner.protocol import Labelled
from runner.seeds import generator

Draw = Callable[[Generator, int], Tensor]  # (stream, B) -> what a method asked for


class Batch(NamedTuple):
    """One step's examples, (S, B, ...) from the loader and (B, ...) inside a method.

    Attributes:
        x: (B, ...) normalised inputs.
        labels: (B,) given labels.
        index: (B,) each example's place in this seed's training set, in [0, N).
        draws: what the method asked for, by name.
    """

    x: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # hides tuple.index, which nobody calls
    draws: dict[str, Tensor]


class Loader:
    """Every epoch is a new order of the training set; each seed has its own, whatever other seeds are about.

    The last batch may be smaller; a last batch of one example is left out, for BatchNorm has no variance of one.

    Args:
        split: the examples, on the device.
        train: which of them, with which labels, on the device.
        seeds: S of them.
        batch_size: B.
        draws: what the method asks for, {name: (stream, B) -> tensor}, each from a stream of its own.
    """

    def __init__(self, split: Split, train: Labelled, seeds: Sequence[int], batch_size: int, draws: Mapping[str, Draw]):
        self.split = split
        self.train = train
        self.batch_size = batch_size
        self.draws = draws
        self.orders = [generator("order", seed) for seed in seeds]
        self.streams = {name: [generator("draw", name, seed) for seed in seeds] for name in draws}

    def __len__(self) -> int:
        """Steps an epoch."""
        full, rest = divmod(self.train.place.shape[1], self.batch_size)
        return full + (rest > 1 or full == 0)

    def __iter__(self) -> Iterator[Batch]:
        n = self.train.place.shape[1]
        order = torch.stack([torch.randperm(n, generator=g) for g in self.orders]).to(self.train.place.device)
        for index in order.split(self.batch_size, dim=1)[: len(self)]:
            x = self.normalised(self.split.x[self.train.place.gather(1, index)])
            drawn = {
                name: torch.stack([draw(g, index.shape[1]) for g in self.streams[name]]).to(index.device)
                for name, draw in self.draws.items()
            }
            yield Batch(x, self.train.given.gather(1, index), index, drawn)

    def normalised(self, x: Tensor) -> Tensor:
        """Inputs as the network sees them, from inputs as they are stored; any leading axes."""
        return (x.to(self.split.mean.dtype) - self.split.mean) / self.split.std
