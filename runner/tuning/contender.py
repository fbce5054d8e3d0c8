"""An objective that is tuned beside others, and what a cell of it came to."""

from collections.abc import Mapping
from math import nan
from statistics import fmean
from typing import Any, NamedTuple

from runner.comparison.entry import entry
from runner.comparison.evaluations import evaluations
from runner.comparison.results import Result, declared
from runner.comparison.tuning import Search
from runner.compose.cell_config import CellConfig, command
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.tuning.space import Space, configured


class Contender(NamedTuple):
    """An objective.

    Attributes:
        name: what sets it apart from the others.
        cell: what the command line says of it: it at its defaults.
        space: what is searched of it.
    """

    name: str
    cell: CellConfig
    space: Space

    @property
    def study(self) -> str:
        """The name of its study: its overrides, but for what does not change a result."""
        return self.cell.title

    @property
    def defaults(self) -> dict[str, Any]:
        """{key: value} of its first trial: what is searched, as it stands. It may lie outside the space."""
        return {key: searched.told(configured(self.cell, key)) for key, searched in self.space.items()}

    def at(self, values: Mapping[str, Any]) -> CellConfig:
        """Its cell with other values of some keys. Raises ConfigError if it cannot be."""
        (cell,) = compose_cells(self._with(values), multirun=False)
        return cell

    def each(self, values: Mapping[str, Any]) -> list[CellConfig]:
        """Its cells with other values of some keys, one for each of a list, `0.2,0.4`. Raises ConfigError likewise."""
        return compose_cells(self._with(values), multirun=True)

    def command(self, values: Mapping[str, Any]) -> str:
        """What trains it with other values of some keys."""
        return command(self._with(values))

    def _with(self, values: Mapping[str, Any]) -> list[str]:
        kept = [o for o in self.cell.overrides if o.partition("=")[0] not in values]
        return [*kept, *(f"{key}={value}" for key, value in values.items())]


def judged(its: Result, search: Search) -> float:
    """What trials are judged by, the mean over seeds, of which a diverged one counts as in runner/comparison/entry.py.

    nan where that has no mean: a seed failed, all diverged, or one did and the metric has no worst value.

    Raises:
        ConfigError: the metric is declared differently.
    """
    if (theirs := declared([its], search.select)) != search.metric:
        raise ConfigError(
            f"tune.select={search.select}: is declared in two ways, which cannot be compared: {theirs.described} in "
            f"{its.folder}; {search.metric.described} in runner/tasks/metric.py"
        )
    found = entry(its, search.select, search.metric, search.at)
    return nan if found.others or len(found.diverged) == found.n else found.mean


def taken(its: Result) -> float | None:
    """How many gradients a seed took, as the mean of those that are done; None where none is."""
    rows = [outcome.rows["last"] for outcome in its.outcomes.values() if "step" in outcome.rows.get("last", ())]
    return fmean(map(evaluations, rows)) if rows else None
