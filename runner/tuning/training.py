"""Cells of a tuning in worker processes, and what they came to."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from runner.comparison.results import Result, result, whole
from runner.comparison.tuning import ENDED
from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.launch.plan import Refused, plan
from runner.launch.sweep import sweep, wait_for_others
from runner.launch.workers import usual_settings
from runner.store.store import cell_of

RETRIES = 1  # of a cell whose process died, which may not have been its own doing


def settings(jobs: str | int, threads: str | int = "auto") -> dict[str, Any]:
    """Those of the pool of workers.

    Args:
        jobs: how many cells are trained at once; "auto" as many as the cores allow, or one a GPU.
        threads: of each; "auto" is the same whatever `jobs` is.
    """
    return {**usual_settings(), "jobs": jobs, "threads": threads, "retries": RETRIES}


def trained(named: Iterable[tuple[CellConfig, str]], pool: Mapping[str, Any]) -> list[Result]:
    """What the seeds of cells came to, now that they are trained.

    Args:
        named: each cell with what to call it on the screen.
        pool: settings of the workers.
    Raises:
        ConfigError: one cannot be trained, or is by another process.
    """
    asked = list(named)
    titles = {cell_of(cell).path: title for cell, title in reversed(asked)}
    planned = [replace(each, name=titles[each.cell.path]) for each in plan(cell for cell, _ in asked)]
    check_begun([*sweep(planned, pool), *wait_for_others(planned, pool)])
    return [came_to(cell, title) for cell, title in asked]


def check_begun(refused: Iterable[Refused]) -> None:
    """Raise what kept the first of these cells from being begun."""
    for _, error in refused:
        raise error


def came_to(cell: CellConfig, title: str) -> Result:
    """What the store has of a cell.

    Raises:
        ConfigError: a seed has not ended, or other code trained it than the others.
    """
    its = whole(result(cell_of(cell), cell.seeds))
    if states := unended(its):
        raise ConfigError(f"{title}: a seed is {', '.join(states)}, by another process; ask again when it is done")
    return its


def unended(its: Result) -> set[str]:
    """The states of seeds that have not ended."""
    return {outcome.state for outcome in its.outcomes.values()} - set(ENDED)
