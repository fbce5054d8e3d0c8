"""Seeds drawn anew within each problem."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from runner.statistics.values import SEED, Array

RESAMPLES = 2_000


def resampled(runs: Array) -> Array:
    """(RESAMPLES, P, n) of runs (P, n)."""
    return runs[np.arange(len(runs))[:, None], _places(*runs.shape, SEED)]


@lru_cache(maxsize=4)
def counts(problems: int, n: int, seed: int = SEED) -> Array:
    """(RESAMPLES, P, n) how often a resample has each seed."""
    drawn = _places(problems, n, seed)
    return np.stack([(drawn == each).sum(axis=-1, dtype=np.float64) for each in range(n)], axis=-1)


@lru_cache(maxsize=2)
def _places(problems: int, n: int, seed: int) -> NDArray[np.int64]:
    """(RESAMPLES, P, n) of seeds; the same for each row."""
    return np.random.default_rng(seed).integers(n, size=(RESAMPLES, problems, n))
