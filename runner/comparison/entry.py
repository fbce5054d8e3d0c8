"""One metric of the seeds of a cell, and what a diverged seed counts as: the one rule of reports, claims and tuning.

A diverged seed counts as the worst value that its metric can have, an accuracy of 0 or a calibration error of 1: in
means, differences, tests, wins and ranks, and beside them stands how many there are. Where a metric has no worst value,
as the NLL, nothing can be said of all seeds: such a seed counts as nan, which makes nan of all that it enters, and no
mean, difference, p or rank is shown. With "exclude" diverged seeds are left out, every table says so, and what has lost
seeds in that way is never the best of a column and has no rank: one lucky seed of ten is no first place. Seeds that
failed, were not trained, or lack the metric are no outcome of an objective: they are left out in any case, and counted.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan, nan
from statistics import fmean, median, stdev
from typing import Any

from runner.comparison.results import Outcome, Result
from runner.console.errors import ConfigError
from runner.tasks.metric import Metric, in_words

RULES_OF_DIVERGED = ("worst", "exclude")
WORST = RULES_OF_DIVERGED[0]
WITHOUT = "without "  # the state of a seed that is done and lacks what comes behind it


@dataclass(frozen=True)
class Entry:
    """One place of a panel: what the seeds of a cell came to.

    Attributes:
        values: {seed: the metric}, of every seed that counts; nan of a diverged one whose metric has no worst value.
        others: {state: how many} of the seeds that do not count.
        result: the cell, None where there is none.
        diverged: the seeds that did, of those that count.
    """

    values: Mapping[int, float] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    result: Result | None = None
    diverged: frozenset[int] = frozenset()

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def known(self) -> bool:
        """Is there a mean over all seeds that count?"""
        return not isnan(self.mean)

    @property
    def ranked(self) -> bool:
        """Can it have a rank? Not a mean that is only of the seeds that did not diverge."""
        return self.known and not self.others.get("diverged")

    @property
    def lack(self) -> str:
        """What says why there is no value: "without val/accuracy", where all seeds are, and "" otherwise."""
        said = "" if self.n or len(self.others) != 1 else next(iter(self.others))
        return said if said.startswith(WITHOUT) else ""

    @cached_property
    def mean(self) -> float:
        return fmean(self.values.values()) if self.values else nan

    @cached_property
    def sd(self) -> float:
        """Sample standard deviation (ddof=1), nan for fewer than two seeds."""
        return stdev(self.values.values(), self.mean) if self.n > 1 and self.known else nan

    def text(self, scale: float, digits: int, most: int = 0) -> str:
        """Mean +- sample standard deviation (n, and how many of them diverged), then what is not in the mean. If others
        have more seeds, n says so.

        >>> Entry({0: 0.5, 1: 0.6}, {"failed": 1}).text(100, 2, most=3)
        '55.00 ± 7.07 (n=2 of 3), 1 failed'
        >>> Entry({0: 0.5, 1: 0.0}, diverged=frozenset({1})).text(100, 2)
        '25.00 ± 35.36 (n=2, 1 diverged)'
        """
        parts = []
        if self.n:
            n = f"n={self.n} of {most}" if self.n < most else f"n={self.n}"
            n += f", {len(self.diverged)} diverged" if self.diverged else ""
            spread = f" ± {scale * self.sd:.{digits}f}" if self.n > 1 else ""
            parts.append(f"{scale * self.mean:.{digits}f}{spread} ({n})" if self.known else f"- ({n})")
        return ", ".join(parts + [f"{count} {state}" for state, count in sorted(self.others.items())]) or "-"

    def took(self, what: Callable[[Mapping[str, Any]], float | None]) -> float | None:
        """The median over seeds of something that they took, None where it is not known."""
        outcomes = self.result.outcomes.values() if self.result else ()
        known = [value for o in outcomes if o.took and (value := what(o.took)) is not None]
        return median(known) if known else None


def entry(result: Result, name: str, metric: Metric, at: str, diverged: str = WORST) -> Entry:
    """One metric of a cell, at one of runner/tasks/selection.py's RULES.

    Args:
        diverged: one of RULES_OF_DIVERGED.
    Raises:
        ConfigError: a value is not within the bounds that the metric declares.
    """
    values: dict[int, float] = {}
    others: Counter[str] = Counter()
    counts = diverged == WORST and _applies(result, name, at)
    lost = {seed for seed, outcome in result.outcomes.items() if outcome.state == "diverged" and counts}
    for seed, outcome in result.outcomes.items():
        value = outcome.rows.get(at, {}).get(name, nan)
        if seed in lost:
            values[seed] = nan if metric.worst is None else metric.worst
        elif isnan(value):  # a metric that does not apply, or a seed without a row
            others[_lack(name, at, outcome) if outcome.state == "done" else outcome.state] += 1
        elif metric.holds(value):
            values[seed] = value
        else:
            said = f"metric={name}: {value} of cell {result.cell}, seed {seed}"
            raise ConfigError(f"{said} is not what it declares ({metric.described})")
    return Entry(values, dict(others), result, frozenset(lost))


def _applies(result: Result, name: str, at: str) -> bool:
    """Has the cell this metric at all? So say its seeds that are done, or else what it declares."""
    done = [outcome for outcome in result.outcomes.values() if outcome.state == "done"]
    if done:
        return any(name in outcome.rows.get(at, {}) for outcome in done)
    return any(name in outcome.metrics for outcome in result.outcomes.values())


def _lack(name: str, at: str, outcome: Outcome) -> str:
    lacking = name if at in outcome.rows or at != "best_val" else "validation examples (val_fraction=0)"
    return f"{WITHOUT}{lacking}"


def rule(name: str, metric: Metric, diverged: str) -> str:
    """What diverged seeds count as, in words."""
    if diverged != WORST:
        return "diverged seeds are left out (diverged=exclude)"
    if metric.worst is None:
        return (
            f"{in_words(name)} has no worst value that a diverged seed could count as: where one diverged, there is no "
            "mean over all seeds, and no comparison (diverged=exclude leaves such seeds out)"
        )
    return f"a diverged seed counts as the worst value, {metric.text(metric.worst)}{'%' * (metric.scale == 100)}"
