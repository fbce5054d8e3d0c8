"""Whether training ever left chance, from what is stored of its seeds."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from runner.store.record import Record
from runner.tasks.families import DECLARED

METRIC = "test/balanced_accuracy"  # one class for all of K is 1/K right, however many examples each class has
DEVIATIONS = 3.0  # of the share of right guesses: whose best epoch is not above them has guessed


class _Stayed(NamedTuple):
    best: float
    chance: float


def at_chance(records: Sequence[Record]) -> str:
    """A warning about the seeds of a cell that were never better than guesses, "" if there are none."""
    stayed = [found for record in records if (found := _stayed(record))]
    if not stayed:
        return ""
    best, shown = max(stayed), DECLARED[METRIC].text
    return (
        f"{len(stayed)} of {len(records)} seeds never left chance: {METRIC} is {shown(best.best)}% at best, and "
        f"{shown(best.chance)}% where one class is said of all examples"
    )


def _stayed(record: Record) -> _Stayed | None:
    """How good a seed was at its best, where that was chance; None of others, and where it is not known."""
    best = record.status().get("selected", {}).get("best_test", {}).get(METRIC)
    found = record.final_diagnostics()
    classes = sum(recall is not None for recall in found.get("recall", ()))
    examples = sum(count for count, *_ in found.get("reliability", ()))
    if best is None or classes < 2 or not examples:
        return None
    chance = 1 / classes
    guesses = chance + DEVIATIONS * sqrt(chance * (1 - chance) / examples)
    return _Stayed(best, chance) if best <= guesses else None
