"""How many seeds it takes to find a difference."""

import math
from statistics import NormalDist

import numpy as np

from runner.statistics.sign_flip import EXACT, decisive, smallest_p

SURE = 0.8  # how sure an upper bound is


def power(n: int, sd: float, difference: float, level: float = 0.05) -> float:
    """Chance that a two-sided paired test at `level` finds a true mean difference with n seeds, scattered normally.

    Where n seeds cannot reach the level in a sign-flip test at all, this is 0.0, and where they do only if all agree
    (n = 6 for 0.05), the chance of that. Else it is that, or the power that the t test has with one seed less, the
    larger: simulated, the sign-flip test has at least as much (docs/results/simulate.md). That of the t test with as
    many seeds would be too much: 0.80 where the sign-flip test has 0.77 (n = 7, level 0.05), 0.70 (n = 11, 0.05 / 24)
    or 0.69 (n = 14, 0.05 / 135; 1,000 simulations each).

    Args:
        n: seeds, >= 0.
        sd: standard deviation of paired differences, >= 0.
        difference: the true mean, > 0, in the unit of sd.
        level: in [1 / (2^16 + 1), 1): what the sign-flip test can reach.

    Raises:
        ValueError: something is out of its range.
    """
    _check_design(sd, difference, level)
    return _power(n, sd, difference, level)


def seeds_needed(sd: float, difference: float, level: float = 0.05, power: float = 0.8) -> int:
    """The smallest n with which `power` is at least this; power in (0, 1), the rest as there, and raised as there.

    Never fewer than can reach the level in a sign-flip test: 6 for 0.05.

    >>> seeds_needed(sd=1.0, difference=1.0), seeds_needed(sd=1.0, difference=0.5), seeds_needed(sd=0.0, difference=1.0)
    (11, 35, 6)
    """
    _check_design(sd, difference, level)
    if not 0 < power < 1:
        raise ValueError(f"power={power} must lie in (0, 1)")
    low = high = decisive(1, level)
    while _power(high, sd, difference, level) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _power(middle, sd, difference, level) < power:
            low = middle
        else:
            high = middle
    return high


def seeds_for(sd: float, n: int, difference: float, level: float = 0.05, power: float = 0.8) -> int:
    """`seeds_needed` where only n seeds tell the standard deviation: with its upper bound, see `largest_sd`."""
    return seeds_needed(largest_sd(sd, n), difference, level, power)


def largest_sd(sd: float, n: int) -> float:
    """The upper bound of a standard deviation that n >= 2 seeds of a normal scatter show, with confidence SURE.

    sd sqrt((n - 1) / q), q the 1 - SURE quantile of chi-square with n - 1 degrees of freedom. With the standard
    deviation as it is, a pilot promises too few seeds as often as too many (Browne, "On the use of a pilot sample for
    sample size determination", Statistics in Medicine 1995).

    >>> round(largest_sd(1.0, 10), 2), round(largest_sd(1.0, 50), 2)
    (1.29, 1.1)
    """
    from scipy import special

    return sd * math.sqrt((n - 1) / float(special.chdtri(n - 1, SURE)))


def _check_design(sd: float, difference: float, level: float) -> None:
    if not 0 <= sd < math.inf:
        raise ValueError(f"sd={sd} must be a number of at least 0")
    if not difference > 0:
        raise ValueError(f"difference={difference} must be above 0")
    if not smallest_p(EXACT + 1) <= level < 1:
        raise ValueError(f"level={level} must lie in [{smallest_p(EXACT + 1):.2g}, 1), what a sign-flip test can reach")


def _power(n: int, sd: float, difference: float, level: float) -> float:
    if smallest_p(n) > level:
        return 0.0
    if sd == 0:
        return 1.0
    one_way = NormalDist().cdf(difference / sd)
    agree = one_way**n + (1 - one_way) ** n
    return agree if 2 * smallest_p(n) > level else max(agree, _power_of_t(n - 1, sd, difference, level))


def _power_of_t(n: int, sd: float, difference: float, level: float) -> float:
    from scipy import special

    # the noncentral t, without scipy.stats and its second of import; beyond a noncentrality of some thousands it has
    # no number for the lower tail, which is nothing there
    shift = difference / sd * math.sqrt(n)
    bound = special.stdtrit(n - 1, 1 - level / 2)
    below = special.nctdtr(n - 1, shift, bound)
    return float(1 - np.nan_to_num(below) + np.nan_to_num(special.nctdtr(n - 1, shift, -bound)))
