"""Named random streams: a purpose has a stream of its own, and no stream can disturb another."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn


def generator(*name: str | int | None) -> torch.Generator:
    """The stream called `name`: generator("order", 3) is the batch order of seed 3, whatever else is drawn.

    Always on the CPU, so that a seed means the same on every device.

    >>> a, b = (torch.rand(2, generator=generator("noise", 0)) for _ in range(2))
    >>> bool((a == b).all()), bool((a == torch.rand(2, generator=generator("order", 0))).any())
    (True, False)
    """
    digest = hashlib.sha256(repr(name).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def numbers(*name: str | int | None) -> np.random.Generator:
    """The same for numpy: numbers("calculation", 3) is what a calculation draws for seed 3.

    >>> a, b = (numbers("calculation", seed).random() for seed in (3, 3))
    >>> a == b, a == numbers("calculation", 4).random()
    (True, False)
    """
    return np.random.default_rng(generator(*name).initial_seed())


def keys(seeds: Sequence[int], pinned: int | None) -> list[int]:
    """What a stream of each seed is keyed by: the seed itself, or the number that all share.

    >>> keys([3, 4], None), keys([3, 4], 9)
    ([3, 4], [9, 9])
    """
    return [seed if pinned is None else pinned for seed in seeds]


def seeded(make: Callable[[], nn.Module], generator: torch.Generator) -> nn.Module:
    """What `make` builds when torch's global generator stands where `generator` does; the global one is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(generator.initial_seed())
        return make()
