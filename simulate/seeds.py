"""Do the seeds that a report asks for find the difference?

A pilot of n seeds is drawn. Its standard deviation says how many seeds find a difference with power 0.8, as one of 1,
24 or 135 comparisons. This is the column "n for 1 point" of a report, which takes an upper bound of the standard
deviation. Then comes the power that so many seeds have, with the true standard deviation. It should be 0.8 in four of
five pilots. Its mean over pilots stands beside it. The last lines are of differences for which `power` says 0.8: how
often the sign-flip test finds them.
"""

import numpy as np

from runner.statistics.power import power, seeds_for
from runner.statistics.sign_flip import decisive, sign_flip_p
from runner.statistics.values import Array
from simulate.rates import Rate
from simulate.scatter import SCATTERS

SEEDS = (5, 10, 20)
FAMILIES = (1, 24, 135)
REPETITIONS = 400
POWER = 0.8


def measure() -> list[Rate]:
    found = []
    for comparisons in FAMILIES:
        for n in SEEDS:
            powers = _powers(n, comparisons)
            family = _family(comparisons)
            enough = float((powers >= POWER).mean())
            found.append(Rate(f"power is 0.8 or more, {family}", "normal", n, enough, REPETITIONS, ("at least", POWER)))
            found.append(Rate(f"mean power, {family}", "normal", n, float(powers.mean()), REPETITIONS))
    return found + [_found(n, comparisons) for comparisons in FAMILIES for n in _few(comparisons)]


def _family(comparisons: int) -> str:
    return f"{comparisons} comparison{'s' * (comparisons > 1)}"


def _few(comparisons: int) -> list[int]:
    """Numbers of seeds that just reach the level, where the power of a test on signs is least like that of others."""
    return [n for n in (7, 9, 11, 13, 15) if decisive(comparisons) <= n <= decisive(comparisons) + 3]


def _found(n: int, comparisons: int) -> Rate:
    """How often the sign-flip test finds what n seeds find with power 0.8, if `power` is right."""
    level = 0.05 / comparisons
    drawn = SCATTERS["normal"](np.random.default_rng(n), (REPETITIONS, n)) + _difference(n, level)
    ps = np.array([sign_flip_p(each) for each in drawn])
    what = f"the sign-flip test finds it, {_family(comparisons)}"
    return Rate(what, "normal", n, float((ps <= level).mean()), REPETITIONS, ("at least", POWER))


def _powers(n: int, comparisons: int) -> Array:
    """The power, by theory, of the seeds that each pilot asks for, to find a difference that takes three times as many
    as can decide at all."""
    level = 0.05 / comparisons
    difference = _difference(3 * decisive(comparisons), level)
    pilots = SCATTERS["normal"](np.random.default_rng(n), (REPETITIONS, n))
    asked = [seeds_for(float(each.std(ddof=1)), n, difference, level, POWER) for each in pilots]
    return np.array([power(many, 1.0, difference, level) for many in asked])


def _difference(n: int, level: float) -> float:
    """What n seeds find with power 0.8, in standard deviations."""
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if power(n, 1.0, middle, level) < POWER else (low, middle)
    return high
