"""Where a table shows what was selected under another condition: at one noise rate, say, of five."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from runner.comparison.notes.footing import few
from runner.comparison.panels import Panel
from runner.comparison.results import USUAL, Result, leaves, setting
from runner.console.errors import ConfigError

OWN = ("val_fraction", "val_labels")  # of trials, which need validation examples


def tuned_at(panel: Panel) -> Iterator[str]:
    """A clause on the values that trials had, of the data and of what columns vary, where the table has others too."""
    tuned = {place: each.result for place, each in panel.entries.items() if each.result and each.result.tuning}
    apart = {place: _apart(its, panel.column_keys) for place, its in tuned.items()}
    keys = list(dict.fromkeys(key for its in apart.values() for key in its))
    rows: dict[str, list[str]] = {}
    for (row, _), its in tuned.items() if keys else ():
        trials = _trials(its)
        said = " and ".join(setting(key, trials[key]) for key in keys if key in trials)
        rows.setdefault(said, []).append(row)
    if rows:
        said = " or ".join(f"at {text}" + f" ({few(its)})" * (len(rows) > 1) for text, its in rows.items())
        yield f"tuned {said} alone, and what was selected there is used everywhere"


def _apart(its: Result, keys: Sequence[str]) -> dict[str, Any]:
    """What the trials of a result had otherwise than itself."""
    from runner.compose.schema import DATA

    settings, trials, space = USUAL | its.settings, _trials(its), its.tuning.space if its.tuning else {}
    asked = [key for key in dict.fromkeys([*DATA, *keys]) if key in trials and key not in (*space, *OWN)]
    return {key: trials[key] for key in asked if key in settings and settings[key] != trials[key]}


def _trials(its: Result) -> Mapping[str, Any]:
    """What trials had, by dotted keys, as far as it can still be asked for."""
    assert its.tuning is not None
    return _composed(tuple(its.tuning.overrides))


@cache
def _composed(overrides: tuple[str, ...]) -> Mapping[str, Any]:
    from runner.compose.command_line import compose_cells  # which imports Hydra

    try:
        (cell,) = compose_cells(list(overrides), multirun=False)
    except ConfigError:
        return {}
    return dict(leaves("", cell.config)) | dict(cell.choices)
