"""How often is something decided for who looks, trains the seeds that the ledger names, and looks again?

Five looks at one claim, the first with n seeds. If it is undecided, as many more are trained as the ledger says would
decide it, and 24 where it says more or nothing. Each look has its share of the level, 0.8, 0.16, 0.032, ...; beside
that stands the whole level at each. Objectives that are equal have differences that are symmetric; skewed scatter and
collapses stand here as a warning. Below is how often a difference of 0.6 standard deviations is found.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from runner.statistics.multiple import share_of_look
from runner.statistics.power import seeds_for
from runner.statistics.sign_flip import DRAWS, EXACT, sign_flip_p
from runner.statistics.values import SEED, TIE, Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS, SYMMETRIC

LEVEL = 0.05
SEEDS = (6, 12)
LOOKS = 5
MORE = 24  # seeds that are trained at most between two looks
DIFFERENCE = 0.6
REPETITIONS = 2000
BATCH = 100  # whose sums under all signs are in memory at once
Share = Callable[[int], float]


def measure() -> list[Rate]:
    found = []
    for kind in SCATTERS:
        for n in SEEDS:
            promise: Promise | None = ("at most", LEVEL) if kind in SYMMETRIC else None
            at_level, shared = _decided(kind, n, 0.0, _whole), _decided(kind, n, 0.0, share_of_look)
            found.append(Rate("equal ones decided, with shares", kind, n, shared, REPETITIONS, promise))
            found.append(Rate("equal ones decided, each at the level", kind, n, at_level, REPETITIONS))
            power = _decided(kind, n, DIFFERENCE, share_of_look)
            found.append(Rate("0.6 found, with shares", kind, n, power, REPETITIONS))
    return found


def _whole(look: int) -> float:
    return 1.0


def _decided(kind: str, n: int, difference: float, share: Share) -> float:
    rng = np.random.default_rng(n)
    values = SCATTERS[kind](rng, (REPETITIONS, n + (LOOKS - 1) * MORE)) + difference
    return float(decided(values, n, share).mean())


def decided(values: Array, first: int, share: Share) -> NDArray[np.bool_]:
    """(R,) is each of R claims decided, of differences (R, n) of which it has `first` at the first look?"""
    seeds, found = np.full(len(values), first), np.zeros(len(values), dtype=np.bool_)
    for look in range(1, LOOKS + 1):
        left = np.flatnonzero(~found)
        p = _p(values[left], seeds[left]) / share(look)
        found[left[p <= LEVEL]] = True
        for i in left[p > LEVEL] if look < LOOKS else ():
            seeds[i] += _more(values[i, : seeds[i]], LEVEL * share(look + 1))
    return found


def _more(seen: Array, level: float) -> int:
    """What the ledger says, of seeds that are trained."""
    sd, apart = float(seen.std(ddof=1)), abs(float(seen.mean()))
    return min(MORE, max(1, seeds_for(sd, len(seen), apart, level) - len(seen))) if apart else MORE


def _p(values: Array, seeds: Array) -> Array:
    """(R,) the smaller of a claim's two p, of the first `seeds` (R,) of each of values (R, n).

    It is one-sided and doubled, as `sign_flip_p` has it of each alone, which takes a hundred times as long.
    """
    p = np.array([sign_flip_p(x[:n]) if n <= EXACT else np.nan for x, n in zip(values, seeds, strict=True)])
    many = np.flatnonzero(seeds > EXACT)
    seen = np.where(np.arange(values.shape[1]) < seeds[:, None], values, 0.0)
    for rows in np.split(many, range(BATCH, len(many), BATCH)):
        x = seen[rows] * np.sign(seen[rows].sum(axis=1, keepdims=True))
        extreme = np.count_nonzero(_signs(x.shape[1]) @ x.T >= x.sum(axis=1) - TIE * np.abs(x).sum(axis=1), axis=0)
        p[rows] = np.minimum(1.0, 2 * (extreme + 1) / (DRAWS + 1))
    return p


@cache
def _signs(n: int) -> Array:
    """(DRAWS, n), those that `sign_flip_p` draws."""
    rng = np.random.default_rng(SEED)
    return np.stack([np.where(rng.integers(0, 2, DRAWS, dtype=np.bool_), 1.0, -1.0) for _ in range(n)], axis=1)
