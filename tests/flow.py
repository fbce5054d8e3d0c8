"""Parts of the flow, put together for tests that need no configuration."""

from typing import Any

import torch

from datasets.split import Split
from runner.data.inputs import Inputs
from runner.data.loader import Keys, Loader
from runner.data.protocol import Labelled
from runner.parts.augments.none import NoAugment
from runner.parts.samplers.shuffle import shuffle


def everything(split: Split, seeds: int) -> Labelled:
    """All training examples with their true labels, for so many seeds."""
    y = split.y.expand(seeds, -1)
    return Labelled(torch.arange(len(split.y)).expand_as(y), y, y)


def loading(
    split: Split,
    train: Labelled,
    seeds: Any,
    batch_size: int,
    *,
    workers: int = 0,
    augment: Any = None,
    draws: Any = (),
) -> Loader:
    """A loader of shuffled batches."""
    inputs = Inputs(split.x, split.mean, split.std, torch.device("cpu"), workers)
    return Loader(
        inputs, train, Keys(seeds, seeds), batch_size, [shuffle] * len(seeds), augment or NoAugment(), dict(draws)
    )
