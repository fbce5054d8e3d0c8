"""The comparison in the end: each objective at its defaults and as its trials selected, with other seeds and keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import starmap
from math import nan
from typing import Any, NamedTuple

from runner.comparison.results import Result
from runner.comparison.tuning import ENDED, Search, Trial, Tuning
from runner.compose.cell_config import CellConfig, command
from runner.console.say import say
from runner.nodes.signature import shown
from runner.tuning.contender import Contender
from runner.tuning.space import configured, found
from runner.tuning.summary import Final
from runner.tuning.training import trained
from runner.tuning.trials import tuning


class _End(NamedTuple):
    """An objective of the comparison in the end, as in Final, and its cell."""

    contender: Contender
    what: str
    value: float
    selected: Tuning | None
    cell: CellConfig
    where: Mapping[str, str]

    @property
    def title(self) -> str:
        return " ".join([self.contender.name, *starmap("{}={}".format, self.where.items()), self.what])


def finals(
    contenders: Sequence[Contender],
    tried: Sequence[Sequence[Trial]],
    search: Search,
    final: Mapping[str, str],
    pool: Mapping[str, Any],
) -> list[tuple[CellConfig, Final]]:
    """Train each at its defaults and as selected, as the comparison in the end has it."""
    tuned = tuning(contenders, tried, search)
    ends: list[_End] = []
    for contender, attempts in zip(contenders, tried, strict=True):
        its = tuned[contender.name]
        ends += _ends(contender, "at its defaults", nan if its.defaults is None else its.defaults, None, final)
        if its.value is not None:
            same = its.unmoved * ", which is its defaults"
            ends += _ends(contender, f"best of {_counted(attempts)}{same}", its.value, its, final)
        else:
            say(f"{contender.name}: nothing to select of {_counted(attempts)}")
    results = trained([(end.cell, end.title) for end in ends], pool)
    return [(end.cell, _final(end, result)) for end, result in zip(ends, results, strict=True)]


def _ends(
    contender: Contender, what: str, value: float, selected: Tuning | None, final: Mapping[str, str]
) -> Iterator[_End]:
    """One in each place of the comparison."""
    listed = [key for key, its in final.items() if "," in its]
    for cell in contender.each({**(selected.values if selected else {}), **final}):
        where = {key: shown(found(cell.config, key)[1]) for key in listed}
        yield _End(contender, what, value, selected, cell, where)


def _final(end: _End, result: Result) -> Final:
    ends = {key: f" ({which})" for key, which in end.selected.ends.items()} if end.selected else {}
    numbers = " ".join(f"{key}={shown(configured(end.cell, key))}{ends.get(key, '')}" for key in end.contender.space)
    return Final(end.contender.name, end.what, numbers, end.value, end.where, replace(result, tuning=end.selected))


def failed_finals(ended: Iterable[tuple[CellConfig, Final]]) -> Iterator[str]:
    """The commands of cells of which a seed failed."""
    for cell, each in ended:
        if any(outcome.state == "failed" for outcome in each.result.outcomes.values()):
            yield command(cell.overrides)


def _counted(its: Sequence[Trial]) -> str:
    """How many trials there were, and of how many a seed diverged or failed: "20 trials, 2 diverged"."""
    states = Counter(trial.state for trial in its)
    lost = [f"{states[state]} {state}" for state in ENDED[1:] if states[state]]
    return ", ".join([f"{len(its)} trial{'s' * (len(its) != 1)}", *lost])
