"""How probably is a run of one objective better than one of another? Runs are not paired: each against each."""

import math

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.stratified.resampled import counts
from runner.statistics.values import SEED, Array, on_paper


def improvement(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Probability of improvement of runs (P, n) over runs (P, m), higher is better: P(X > Y), ties count half.

    The mean over problems of Mann-Whitney's U / (n m), as rliable has it (Agarwal et al., 2021). 0.5 if both are alike;
    nan where there are no runs, or one of them is.

    >>> improvement([[1.0, 3.0]], [[0.0, 2.0, 3.0]])
    0.5833333333333334
    """
    wins = _wins(ours, theirs)
    return float(wins.mean()) if wins.size and np.isfinite(wins).all() else math.nan


def improvement_interval(ours: ArrayLike, theirs: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Its bounds: percentile bootstrap, 2,000 resamples; seeds of each objective are drawn by themselves within each
    problem.

    Too narrow for few seeds, and of no width where each run is better than each (docs/results/simulate.md). nan for
    n < 2 or m < 2, and where one of the runs is.
    """
    wins = _wins(ours, theirs)
    if not wins.size or min(wins.shape[1:]) < 2 or not np.isfinite(wins).all():
        return math.nan, math.nan
    problems, n, m = wins.shape
    first, second = counts(problems, n, SEED), counts(problems, m, SEED + 1)
    drawn = np.einsum("rpm,rpm->r", np.einsum("rpn,pnm->rpm", first, wins), second) / wins.size
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _wins(ours: ArrayLike, theirs: ArrayLike) -> Array:
    """(P, n, m): 1 where the first is larger, 0 where the second is, else 0.5."""
    x, y = (np.asarray(runs, dtype=np.float64) for runs in (ours, theirs))
    both = on_paper(np.concatenate([x, y], axis=1))
    return (1 + np.sign(both[:, : x.shape[1], None] - both[:, None, x.shape[1] :])) / 2
