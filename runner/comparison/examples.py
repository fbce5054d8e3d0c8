"""What became of each test example, of entries that were tested on the same: for intervals and tests over examples."""

from collections.abc import Sequence

import numpy as np

from runner.comparison.entry import Entry
from runner.comparison.kept_examples import examples
from runner.statistics.values import Array
from runner.store.seal import DamagedError
from runner.tasks.metric import Metric

OVER = ("seeds", "examples", "both")
ROOTS = ("test/rmse",)  # metrics of which the squares are kept: the root of a mean, and not a mean
CLOSE = 1e-3  # relative: how far the mean of numbers in two bytes may be from what they were


class UntoldError(Exception):
    """The test examples of some entries cannot be laid side by side. Says why."""


def side_by_side(entries: Sequence[Entry], name: str, metric: Metric, at: str) -> list[Array]:
    """Of each entry (n, M) of the n seeds that all have, whose mean over M examples is the metric of each seed.

    A diverged seed has the worst value of the metric on every example. Of the root of a mean an example's number is how
    it moves the root: root + (square - mean) / (2 root).

    Args:
        name: the metric's key in a row.
        metric: what it is.
        at: which row counts.
    Raises:
        UntoldError: they were not kept, are damaged, or are not of the same test examples in the same order.
    """
    common = common_seeds(entries)
    if not common:
        raise UntoldError("no seed is in common")
    found = [[_of(each, seed, name, metric, at) for seed in common] for each in entries]
    tests = {test for each in found for test, _ in each if test}
    if len(tests) > 1:
        raise UntoldError("they were not tested on the same examples")
    if not tests:
        raise UntoldError("all seeds diverged")
    count = max(values.size for each in found for _, values in each)
    return [np.array([np.broadcast_to(values, count) for _, values in each], np.float64) for each in found]


def common_seeds(entries: Sequence[Entry]) -> list[int]:
    """The seeds that all entries have, in order; none of no entries."""
    return sorted(set.intersection(*(set(each.values) for each in entries))) if entries else []


def _of(entry: Entry, seed: int, name: str, metric: Metric, at: str) -> tuple[str, Array]:
    """The hash of a seed's test examples, and their numbers; of a diverged seed no hash, and one number for all."""
    if seed in entry.diverged:
        if metric.worst is None:
            raise UntoldError("a seed diverged, and the metric has no worst value")
        return "", np.array([metric.worst])
    outcome = entry.result.outcomes[seed] if entry.result else None
    if outcome is None or outcome.examples is None:
        raise UntoldError("what became of each test example was not kept")
    row = outcome.rows[at]
    try:
        kept = examples(outcome.examples)
        if not kept.has(row.get("epoch"), name):
            raise UntoldError(f"of {name} what became of each test example was not kept")
        values = kept.values(row["epoch"], name).astype(np.float64)
    except DamagedError as error:
        raise UntoldError(f"examples.json of seed {seed} {error}") from error
    mean = float(values.mean())
    if name in ROOTS:
        root = float(np.sqrt(mean))
        values = root + (values - mean) / (2 * root or 1.0)
    if not abs(values.mean() - row[name]) <= CLOSE * np.abs(values).mean() + 1e-9:
        raise UntoldError(f"examples.json of seed {seed} is not of its result")
    return f"{kept.test}, {kept.size}", values
