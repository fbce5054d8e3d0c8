"""What tuning has won: what was selected against the defaults, under the same seeds."""

from math import isnan

from runner.comparison.entry import Entry
from runner.statistics.paired import Paired, paired
from runner.tasks.metric import Metric


def gain(tuned: Entry, usual: Entry) -> Paired:
    """The metric of what was selected less that at the defaults, of the seeds that both have."""
    common = sorted(tuned.values.keys() & usual.values.keys())
    return paired([tuned.values[seed] - usual.values[seed] for seed in common])


def in_words(its: Paired, metric: Metric) -> str:
    """The mean and its interval: "+0.31 [-0.20, +0.82]"; "-" where nothing can be said.

    >>> from runner.tasks.metric import share
    >>> in_words(gain(Entry({0: 0.8, 1: 0.9}), Entry({0: 0.7, 1: 0.79})), share("accuracy", "higher"))
    '+10.50 [+4.15, +16.85]'
    """
    if isnan(its.mean):
        return "-"
    mean, low, high = (f"{metric.scale * value:+.{metric.digits}f}" for value in (its.mean, its.low, its.high))
    return mean if isnan(its.low) else f"{mean} [{low}, {high}]"


def lost(its: Paired, metric: Metric) -> bool:
    """Is what was selected worse in the mean than the defaults?"""
    return its.mean < 0 if metric.higher else its.mean > 0
