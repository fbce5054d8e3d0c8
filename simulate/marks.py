"""How often is a row told apart from the best although it is as good?

A table marks with † what is not told apart from the best of a column. All rows are equal here, so that each row without
the mark is an error; then three rows are the best and nine are four standard deviations below. Beside the test for all
pairs stands what comparing with the best as if it had been chosen beforehand would do (Holm's correction over the other
rows). Last, how often a row that lies two standard deviations below eleven equal ones has no mark, also by Holm's
correction over all pairs.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from runner.statistics.multiple import all_pairs_p, holm
from runner.statistics.sign_flip import sign_flip_p
from runner.statistics.values import Array
from simulate.rates import Promise, Rate
from simulate.scatter import SCATTERS

LEVEL = 0.05
SEEDS = (6, 10, 20)
PROMISE: Promise = ("at most", LEVEL)
ROWS = {3: 600, 12: 300, 50: 100}  # how many, and how often they are drawn
Marks = NDArray[np.bool_]
Change = Callable[[Array], Array]
Told = Callable[[Array], Marks]  # of values (n, O): (O,) of bool


def measure() -> list[Rate]:
    found = [
        Rate(f"one of {rows} equal rows is told apart", kind, n, _any(told, kind, n, rows, many), many, PROMISE)
        for rows, many in ROWS.items()
        for kind in SCATTERS
        for n in (SEEDS if rows < 50 else (10,))
    ]
    twelve, many = 12, ROWS[12]
    named: dict[str, tuple[Change, Told, Promise | None]] = {
        "one of 12, of unequal deviations (1 to 4)": (_unequal, told, PROMISE),
        "one of 12, six of which lack 15% of their seeds": (_missing, told, PROMISE),
        "one of the 3 best of 12": (_far_below, lambda x: told(x)[:3], PROMISE),
        "one of 12, by Holm's correction over the others": (np.asarray, _chosen_beforehand, None),
        "a row 2 below is told apart": (_below, lambda x: told(x)[-1:], None),
        "a row 2 below, by Holm's correction over all pairs": (_below, lambda x: _holm_pairs(x)[-1:], None),
    }
    for what, (change, how, promise) in named.items():
        found += [
            Rate(what, kind, n, _any(how, kind, n, twelve, many, change), many, promise)
            for kind in ("normal", "collapses", "ties")
            for n in SEEDS[:2]
        ]
    return found


def told(values: Array) -> Marks:
    """(O,) of whether a row of values (n, O) is told apart from the one with the best mean that lacks no seed."""
    return np.asarray(all_pairs_p(values)[_best(values)] <= LEVEL)


def _any(how: Told, kind: str, n: int, rows: int, many: int, change: Change = np.asarray) -> float:
    """How often one of the rows is told apart; seeds move all rows together, by as much as they scatter."""
    rng = np.random.default_rng(n)
    drawn = (rng.normal(size=(n, 1)) + SCATTERS[kind](rng, (n, rows)) for _ in range(many))
    return sum(bool(how(change(values)).any()) for values in drawn) / many


def _best(values: Array) -> int:
    whole = ~np.isnan(values).any(axis=0)
    return int(np.where(whole, np.nanmean(values, axis=0), -np.inf).argmax())


def _missing(values: Array) -> Array:
    """Which seeds are missing does not depend on their values: the scatter is drawn anew each time."""
    lacking = np.random.default_rng(0).random(values.shape) < 0.15
    lacking[:, : values.shape[1] // 2] = False
    return np.where(lacking, np.nan, values)


def _unequal(values: Array) -> Array:
    return np.asarray(values * np.linspace(1, 4, values.shape[1]))


def _far_below(values: Array) -> Array:
    return values - 4 * (np.arange(values.shape[1]) > 2)


def _below(values: Array) -> Array:
    return values - 2 * (np.arange(values.shape[1]) == values.shape[1] - 1)


def _chosen_beforehand(values: Array) -> Marks:
    best = _best(values)
    others = [place for place in range(values.shape[1]) if place != best]
    return np.array(holm(sign_flip_p(values[:, place] - values[:, best]) for place in others)) <= LEVEL


def _holm_pairs(values: Array) -> Marks:
    """(O,) as `told`, by Holm's correction over all pairs."""
    first, second = np.triu_indices(values.shape[1], 1)
    ps = np.array(holm(sign_flip_p(values[:, a] - values[:, b]) for a, b in zip(first, second, strict=True)))
    best, found = _best(values), np.zeros(values.shape[1], dtype=np.bool_)
    found[first[(second == best) & (ps <= LEVEL)]] = True
    found[second[(first == best) & (ps <= LEVEL)]] = True
    return found
