"""An interval for a share, as of the seeds in which an objective wins."""

import math


def share_interval(share: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Bounds of a probability of which n trials show a share: the exact interval (Clopper & Pearson, 1934).

    Shares that count ties half need not be whole numbers of trials. The beta quantiles are taken there too.
    That has no proof, but its level was kept in simulation (docs/results/simulate.md).

    >>> [round(bound, 3) for bound in share_interval(1.0, 10)]
    [0.692, 1.0]

    Args:
        share: in [0, 1]; nan gives nan.
        n: trials; nan for 0.
        level: in (0, 1).
    """
    from scipy import special

    if not n or math.isnan(share):
        return math.nan, math.nan
    wins, tail = share * n, (1 - level) / 2
    low = float(special.betaincinv(wins, n - wins + 1, tail)) if wins > 0 else 0.0
    high = float(special.betaincinv(wins + 1, n - wins, 1 - tail)) if wins < n else 1.0
    return low, high
