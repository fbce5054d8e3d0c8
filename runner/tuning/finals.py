"""The comparison in the end: each objective at its defaults and as its trials selected, with other seeds and keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import starmap
from typing import Any

from runner.comparison.tuning import ENDED, Search, Trial, Tuning
from runner.compose.cell_config import CellConfig, command
from runner.console.say import say
from runner.nodes.signature import shown
from runner.tuning.space import Space, found
from runner.tuning.summary import Final
from runner.tuning.trials import Contender, trained, tuning


def finals(
    contenders: Sequence[Contender],
    defaults: Sequence[float],
    tried: Sequence[Sequence[Trial]],
    search: Search,
    final: Mapping[str, str],
) -> Iterator[tuple[CellConfig, Final]]:
    """Train each at its defaults and as selected, as the comparison in the end has it."""
    listed = [key for key, value in final.items() if "," in value]
    names = [each.name for each in contenders]
    tuned = tuning(contenders, tried, search, dict(zip(names, defaults, strict=True)))
    for contender, usual, attempts in zip(contenders, defaults, tried, strict=True):
        compared: list[tuple[str, Mapping[str, Any], float, Tuning | None]] = [("at its defaults", {}, usual, None)]
        if (its := tuned[contender.name]).value is not None:
            worse = its.worse * ", none of them as good as its defaults"
            compared.append((f"best of {_counted(attempts)}{worse}", its.values, its.value, its))
        else:
            say(f"{contender.name}: nothing to select of {_counted(attempts)}")
        for what, values, value, selected in compared:
            for cell in contender.each({**values, **final}):
                where = {key: shown(found(cell.config, key)[1]) for key in listed}
                result = trained(cell, " ".join([contender.name, *starmap("{}={}".format, where.items()), what]))
                numbers = _numbers(cell, contender.space)
                yield cell, Final(contender.name, what, numbers, value, where, replace(result, tuning=selected))


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


def _numbers(cell: CellConfig, space: Space) -> str:
    """What a cell has for the keys that are searched."""
    choices = {key: cell.choices.get(key.rpartition("@")[2]) for key in space}
    return " ".join(f"{key}={choices[key] or shown(found(cell.config, key)[1])}" for key in space)
