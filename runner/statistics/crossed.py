"""What is owed to the seeds, and what to the test examples: the mean of differences (n, M) of n seeds and M examples.

Seeds and examples are crossed: under each seed every example was tested, and both are a sample of what might have been.

    D_sm = mu + a_s + b_m + e_sm,    Var(mean) = (var(a) + var(e) / M) / n + var(b) / M

The mean squares of the two-way analysis of variance estimate both terms, the first with n - 1 degrees of freedom. Each
has a t interval of its own, and the squares of the two half-widths add, as Banerjee (Sankhya, 1960; from memory) does
for means of several populations: that holds at least what it promises, and is never narrower than over seeds alone.

The two-way bootstrap (pigeonhole: Owen, Annals of Applied Statistics 2007; Owen and Eckles, 2012) counts var(e) three
times, and has no more than n seeds to draw from: too wide where e is large, too narrow where seeds are few and matter.
Satterthwaite's degrees of freedom (1946) for the sum of both terms are too many for three seeds. `python -m simulate
crossed` shows all of them.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.intervals import t_above
from runner.statistics.sign_flip import EXACT, Alternative, sign_flip_p
from runner.statistics.values import SEED, TIE, Array

FLIPS = 9_999  # draws of signs of examples
CHUNK = 256  # of these at a time
HALVINGS = 60  # of the range in which a p is looked for


@dataclass(frozen=True)
class Estimate:
    """A mean, and how far it may be from what it would be with other seeds or examples.

    Attributes:
        mean: of the differences.
        parts: (variance, its degrees of freedom) of each term of the mean's variance; none where they are not known.
    """

    mean: float
    parts: tuple[tuple[float, int], ...] = ()

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Its bounds; nan where nothing differs, or the variance is not known."""
        half = self._half((1 - level) / 2)
        return (self.mean - half, self.mean + half) if half > 0 else (math.nan, math.nan)

    def p(self, alternative: Alternative = "two-sided", at: float = 0.0) -> float:
        """p of the test, by the same interval, that the mean is `at`, or not beyond it; nan where that is not known.

        1 where nothing differs, and the mean is not beyond.
        """
        apart = {"two-sided": abs(self.mean - at), "greater": self.mean - at, "less": at - self.mean}[alternative]
        known = self._half(0.25)
        if not known > 0:
            return 1.0 if known == 0 and apart <= 0 else math.nan
        above = self._beyond(abs(apart))
        if alternative == "two-sided":
            return 2 * above
        return above if apart > 0 else 1 - above

    def _half(self, share: float) -> float:
        """Half the width of the interval that leaves this share on either side."""
        squares = [variance * t_above(share, freedom) ** 2 for variance, freedom in self.parts]
        return math.sqrt(sum(squares)) if squares else math.nan

    def _beyond(self, distance: float) -> float:
        """The share on one side that the interval of this half-width leaves: by halves, for it has no formula."""
        low, high = math.log(1e-300), math.log(0.5)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._half(math.exp(middle)) > distance else (low, middle)
        return math.exp(high)


def over_both(differences: ArrayLike) -> Estimate:
    """The mean of differences (n, M) over seeds and examples; of fewer than two of either the variance is not known.

    >>> found = over_both([[0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]])
    >>> found.mean, [(round(variance, 4), freedom) for variance, freedom in found.parts]
    (0.5, [(0.0208, 2), (0.0347, 3)])
    """
    x = np.asarray(differences, dtype=np.float64)
    n, m = x.shape
    mean = float(x.mean()) if x.size else math.nan
    if min(n, m) < 2 or not math.isfinite(mean):
        return Estimate(mean)
    of_seeds, of_examples = x.mean(axis=1) - mean, x.mean(axis=0) - mean
    rest = float(np.square(x - mean - of_seeds[:, None] - of_examples).sum()) / ((n - 1) * (m - 1))
    seeds = float(of_seeds @ of_seeds) / (n - 1)
    examples = max(float(of_examples @ of_examples) / (m - 1) - rest / n, 0.0)
    return Estimate(mean, ((seeds / n, n - 1), (examples / m, m - 1)))


def over_examples(differences: ArrayLike) -> Estimate:
    """The mean of differences (n, M) over examples alone: it is these seeds that are spoken of.

    Of fewer than two examples the variance is not known.
    """
    each = np.asarray(differences, dtype=np.float64).mean(axis=0)
    if each.size < 2 or not np.isfinite(each).all():
        return Estimate(float(each.mean()) if each.size else math.nan)
    return Estimate(float(each.mean()), ((float(each.var(ddof=1)) / each.size, each.size - 1),))


def examples_p(differences: ArrayLike) -> float:
    """Two-sided p of differences (n, M) of these seeds: that the two are alike on each example, which of them is which
    being chance.

    The signs of the examples' mean differences are flipped: all of them up to 16 that differ. Of one seed, right or
    wrong, this is McNemar's exact test (1947), by the binomial distribution. Else 9,999 flips are drawn.

    >>> import numpy as np
    >>> examples_p(np.array([[1, 1, 1, 1, 1, 1, -1, 0, 0]]))  # 8 of 64 ways to divide seven are no likelier
    0.125
    """
    each = np.asarray(differences, dtype=np.float64).mean(axis=0)
    if not each.size or not np.isfinite(each).all():
        return math.nan
    sizes = np.abs(each)
    x = each[sizes > TIE * sizes.max()]
    if x.size <= EXACT:
        return sign_flip_p(x)
    if np.ptp(np.abs(x)) <= TIE * sizes.max():
        from scipy import special

        fewer = min(np.count_nonzero(x > 0), np.count_nonzero(x < 0))
        return min(1.0, 2 * float(special.bdtr(fewer, x.size, 0.5)))
    extreme = np.abs(_flipped(x)) >= abs(x.sum()) - TIE * np.abs(x).sum()
    return float((np.count_nonzero(extreme) + 1) / (extreme.size + 1))


def _flipped(x: Array) -> Array:
    """(FLIPS,) sums of x (m,) under drawn signs."""
    rng, sums = np.random.default_rng(SEED), []
    for start in range(0, FLIPS, CHUNK):
        drawn = rng.integers(0, 256, (min(CHUNK, FLIPS - start), -(-x.size // 8)), dtype=np.uint8)
        sums.append(2 * (np.unpackbits(drawn, axis=1, count=x.size) @ x) - x.sum())
    return np.concatenate(sums)
