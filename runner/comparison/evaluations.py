"""Results at equal numbers of gradient evaluations: an optimizer may take several in a step."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runner.comparison.results import Outcome, Result
from runner.console.errors import ConfigError
from runner.store.files import read
from runner.store.record import ROWS
from runner.tasks.selection import selected

Rows = Sequence[Mapping[str, Any]]


def at_equal_evaluations(results: Sequence[Result]) -> tuple[list[Result], int]:
    """The results as they were when each seed had taken no more gradients than the one with the fewest has in all.

    Gives that number, too. A product with the Hessian counts as two gradients. A diverged seed stays one.

    Raises:
        ConfigError: they are not from a store, none is done, or one was not evaluated within that number.
    """
    rows = {(each.cell, seed): list(its) for each in results for seed, its in _done(each)}
    if not rows:
        raise ConfigError("per=evaluations: no seed is done")
    least = min(evaluations(its[-1]) for its in rows.values())
    return [_within(each, rows, least) for each in results], least


def evaluations(row: Mapping[str, Any]) -> int:
    """How many gradients a seed had taken: as many as steps, where its optimizer asks for no more.

    >>> evaluations({"step": 40}), evaluations({"step": 40, "gradients": 80})
    (40, 80)
    """
    return int(row.get("gradients", row["step"]))


def _done(result: Result) -> Iterator[tuple[int, Rows]]:
    """The rows of each seed that is done."""
    if result.folder is None:
        raise ConfigError("per=evaluations: a packed file has no rows of epochs; store=FOLDER has them")
    for seed, outcome in result.outcomes.items():
        if outcome.state == "done":
            yield seed, [json.loads(line) for line in read(result.folder / f"seed={seed}" / ROWS).splitlines()]


def _within(result: Result, rows: Mapping[tuple[str, int], Rows], least: int) -> Result:
    outcomes = {
        seed: _cut(result, seed, outcome, rows[result.cell, seed], least) if outcome.state == "done" else outcome
        for seed, outcome in result.outcomes.items()
    }
    return replace(result, outcomes=outcomes)


def _cut(result: Result, seed: int, outcome: Outcome, rows: Rows, least: int) -> Outcome:
    kept = [row for row in rows if evaluations(row) <= least]
    if not kept:
        first = evaluations(rows[0])
        raise ConfigError(
            f"per=evaluations: cell {result.cell}, seed {seed}, was first evaluated after {first} gradients, and "
            f"another has no more than {least} in all; eval_every=1 evaluates each epoch"
        )
    return replace(outcome, rows=selected(kept, outcome.metrics))
