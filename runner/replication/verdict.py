"""Verdicts on a claim: it holds, it is reversed, or it is undecided.

Every form of claim is a function from values to a Finding: how large, how sure that it is so, and how sure that it is
the other way round. Both p are of one-sided tests and doubled, so that a claim about nothing is decided, one way or the
other, in at most `level` of all cases. More of a metric is better here: metrics of which less is better come negated.

Values (n,) are of n seeds, on one fixed test set. Values (n, M), of each seed and each of M test examples, are judged
over both (runner/statistics/crossed.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from runner.statistics.collapses import far
from runner.statistics.crossed import over_both
from runner.statistics.intervals import interval
from runner.statistics.multiple import holm, share_of_look
from runner.statistics.orders import kendall, told_apart
from runner.statistics.power import seeds_for
from runner.statistics.sign_flip import EXACT, Alternative, sign_flip_p, smallest_p
from runner.statistics.slopes import slopes

Array = NDArray[np.float64]
VERDICTS = ("holds", "reversed", "undecided")
MANY = 1000  # seeds: a difference that takes more is none that anybody will find


@dataclass(frozen=True)
class Finding:
    """What n seeds say.

    Attributes:
        effect: the estimate; what it is of depends on the form.
        low, high: its interval, nan where there is none.
        p_for, p_against: that it is as claimed, and that it is the reverse.
        n: common seeds.
        scatter: standard deviation over seeds of what the effect is the mean of; None where more than it decides.
        distance: of the effect from where it would decide nothing, 0 where it is there.
        holm: the smaller of the two p, corrected for the look and for the claims that were judged together.
        judged: how many those are.
        look: which look at this question it is, from 1 on.
        far: seeds far from the rest, where a test away from zero was asked for: it takes the scatter to be symmetric,
            and decides nothing then.
        contrary: of an order, pairs of arms that seeds tell apart and that stand the other way.
    """

    effect: float
    low: float
    high: float
    p_for: float
    p_against: float
    n: int
    scatter: float | None = None
    distance: float = 0.0
    holm: float = nan
    judged: int = 1
    look: int = 1
    far: int = 0
    contrary: int = 0

    def turned(self) -> "Finding":
        """The same of the metric as it was measured, where it came negated."""
        return replace(self, effect=-self.effect, low=-self.high, high=-self.low)

    def verdict(self, level: float) -> str:
        """One of VERDICTS."""
        if not self.holm <= level:
            return "undecided"
        return "holds" if self.p_for <= self.p_against else "reversed"

    def more(self, level: float) -> int | None:
        """How many more seeds would decide it at the next look, judged together with as many, with power 0.8 if the
        estimate is right. The scatter is taken to be the largest that n seeds allow (runner/statistics/power.py).

        None where that cannot be told, and where no number of seeds reaches what is left of the level.
        """
        own = level * share_of_look(self.look + 1) / self.judged
        if self.scatter is None or self.n < 2 or not self.distance or own < smallest_p(EXACT + 1):
            return None
        return max(1, seeds_for(self.scatter, self.n, self.distance, own) - self.n)

    def said(self, level: float) -> str:
        """The verdict in words: "undecided (12 more seeds)"."""
        verdict = self.verdict(level)
        if verdict == "undecided" and self.far:
            return f"undecided ({self.far} seed{'s' * (self.far > 1)} far from the rest)"
        if verdict == "undecided" and self.contrary:
            return f"undecided ({self.contrary} pair{'s' * (self.contrary > 1)} shown to stand the other way)"
        if verdict != "undecided" or (more := self.more(level)) is None:
            return verdict
        many = f"over {MANY}" if more > MANY else str(more)
        return f"undecided ({many} more seed{'s' * (more > 1)})"


def together(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that are judged together, each with its p corrected for its look, and then for their number (Holm)."""
    corrected = holm([min(each.p_for, each.p_against) / share_of_look(each.look) for each in findings])
    return [replace(each, holm=p, judged=len(findings)) for each, p in zip(findings, corrected, strict=True)]


def better(differences: Array, by: float, level: float) -> Finding:
    """First arm minus second (n,): more than `by`; reversed if it is below 0.

    >>> found = better(np.array([2.0, 3.0, 2.5, 2.0, 3.0, 2.5]), by=1.0, level=0.05)
    >>> found.effect, found.p_for, found.p_against
    (2.5, 0.03125, 1.0)
    """
    p_for = _beyond(differences, by, "greater") if by else _greater(differences)
    found = _located(differences, (0.0, by), p_for, _less(differences), level)
    return replace(found, far=_far(differences)) if by else found


def trend(x: Sequence[float], differences: Array, by: float, level: float) -> Finding:
    """Differences (n, m) at x (m,) grow by more than `by` a unit of x, in each seed's least-squares slope."""
    if differences.ndim == 3:  # of each example
        n, m, examples = differences.shape
        by_example = differences.transpose(0, 2, 1).reshape(n * examples, m)
        return better(slopes(x, by_example).reshape(n, examples), by, level)
    return better(slopes(x, differences), by, level)


def crossing(low: Array, high: Array, level: float) -> Finding:
    """Below 0 at the low end and above it at the high end, both shown; reversed if it is the other way round at both.

    The effect is how much more it is at the high end.
    """
    p_for, p_against = max(_less(low), _greater(high)), max(_greater(low), _less(high))
    return _located(high - low, None, p_for, p_against, level)


def bound(values: Array, least: float, level: float) -> Finding:
    """Values (n,) of one arm are above `least` in the mean."""
    p_for, p_against = _beyond(values, least, "greater"), _beyond(values, least, "less")
    return replace(_located(values, (least, least), p_for, p_against, level), far=_far(values))


def equal(differences: Array, margin: float, level: float) -> Finding:
    """Differences (n,) are less than `margin` either way in the mean (TOST); reversed if they are shown to be more."""
    outside = min(_beyond(differences, margin, "greater"), _beyond(differences, -margin, "less"))
    found = _located(differences, None, _within(differences, margin), outside, level)
    return replace(found, far=_far(differences))


def ranking(values: Array, published: Array, tau: float, level: float) -> Finding:
    """The order of means of values (n, m) is the published one (m,): Kendall's tau is shown to be above `tau`, and no
    pair that seeds tell apart stands in the opposite order. The effect is Kendall's tau.

    Reversed if it is shown to be below -`tau` and no pair that seeds tell apart stands in the published order. Pairs
    are corrected for each other, and not for the claims that are judged together: that only decides less.
    """
    found, pairs = kendall(values, published, 1 - level), told_apart(values, published, level)
    p_for = 1.0 if pairs.opposite else _doubled(found.p_above(tau))
    p_against = 1.0 if pairs.same else _doubled(found.p_below(-tau))
    contrary = pairs.opposite if found.tau >= 0 else pairs.same
    return Finding(found.tau, found.low, found.high, p_for, p_against, found.n, contrary=contrary)


def calibrated(errors: Array, accuracies: Array, margin: float, level: float) -> Finding:
    """Calibration is better by `errors` (n,) while accuracy differs, in `accuracies` (n,), by less than `margin`.

    The effect is that on calibration.
    """
    alike = _within(accuracies, margin)
    p_for, p_against = max(_greater(errors), alike), max(_less(errors), alike)
    return replace(_located(errors, None, p_for, p_against, level), far=_far(accuracies))


def _located(
    values: Array, between: tuple[float, float] | None, p_for: float, p_against: float, level: float
) -> Finding:
    """A finding about the mean of values (n,).

    Args:
        between: which two bounds it decides nothing; None where its place is not what decides.
    """
    n = len(values)
    effect = float(values.mean()) if n else nan
    low, high = over_both(values).interval(1 - level) if values.ndim == 2 else interval(values, 1 - level)
    if between is None or n < 2 or values.ndim == 2:
        return Finding(effect, low, high, p_for, p_against, n)
    distance = max(effect - between[1], between[0] - effect, 0.0)
    return Finding(effect, low, high, p_for, p_against, n, float(values.std(ddof=1)), distance)


def _within(values: Array, margin: float) -> float:
    """Two one-sided tests (TOST; Schuirmann, 1987)."""
    return max(_beyond(values, -margin, "greater"), _beyond(values, margin, "less"))


def _beyond(values: Array, least: float, alternative: Alternative) -> float:
    """p that the mean of values (n,), or (n, M) of M examples, is beyond what is not zero.

    A difference of two objectives that do not differ is symmetric; about anything else than zero nothing says so. 1.0
    where a seed is far from the rest. docs/results/simulate.md has how often this errs all the same.
    """
    return 1.0 if _far(values) else _one_sided(values - least, alternative)


def _far(values: Array) -> int:
    """How many seeds are far from the rest."""
    return far(values.mean(axis=1) if values.ndim == 2 else values)


def _greater(values: Array) -> float:
    return _one_sided(values, "greater")


def _less(values: Array) -> float:
    return _one_sided(values, "less")


def _one_sided(values: Array, alternative: Alternative) -> float:
    return _doubled(over_both(values).p(alternative) if values.ndim == 2 else sign_flip_p(values, alternative))


def _doubled(p: float) -> float:
    return min(1.0, 2 * p)


FORMS: Mapping[str, Callable[..., Finding]] = {
    "better": better,
    "trend": trend,
    "crossing": crossing,
    "bound": bound,
    "equal": equal,
    "ranking": ranking,
    "calibrated": calibrated,
}
