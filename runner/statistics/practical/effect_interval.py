"""An interval for Cohen's d_z, the mean of paired differences over their standard deviation."""

import math


def effect_interval(effect: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Bounds of d_z of which n pairs show `effect`: those noncentral t distributions that put it at their tails.

    Exact for normal differences (Cumming & Finch, Educational and Psychological Measurement 2001). nan for n < 2 and
    where the effect is not finite.

    >>> [round(bound, 2) for bound in effect_interval(1.0, 10)]
    [0.21, 1.75]
    """
    from scipy import special

    if n < 2 or not math.isfinite(effect):
        return math.nan, math.nan
    t, tail = effect * math.sqrt(n), (1 - level) / 2
    low, high = (float(special.nctdtrinc(n - 1, share, t)) / math.sqrt(n) for share in (1 - tail, tail))
    return low, high
