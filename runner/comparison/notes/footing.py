"""How the rows of a table were tuned, so that a reader sees where one of them was not given the care of the others."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from runner.comparison.panels import Panel
from runner.comparison.results import Result
from runner.comparison.tuning import Tuning
from runner.console.table import Mark, Table
from runner.nodes.signature import value_of
from runner.tasks.selection import when

NAMED = 3  # rows that stand for all that are alike
HEADER = ("", "trials", "space", "selected", "at an end", "best trial", "at defaults")
Tunings = Mapping[tuple[str, str], Tuning | None]  # {(row, column): how it was tuned, None if it was not}


def tunings(panel: Panel) -> Tunings:
    """How each entry of a panel was tuned; of what its trials had besides, that which is not so of all entries."""
    found = {place: its.result for place, its in panel.entries.items() if its.result}
    apart = {_key(o) for each in found.values() if each.tuning for o in each.tuning.overrides if not _has(each, o)}
    return {place: _besides(each.tuning, apart) for place, each in found.items()}


def footing(tunings: Tunings) -> Iterator[str]:
    """A clause each on how rows were tuned, and on what is not the same in a column; nothing where none was."""
    tuned = {place: its for place, its in tunings.items() if its}
    if not tuned:
        return
    if untuned := [row for (row, _), its in tunings.items() if not its]:
        yield f"not tuned: {few(untuned)}"
    yield from _alike(tuned, _facts)
    if ends := dict.fromkeys(f"{row} ({_ends(its)})" for (row, _), its in tuned.items() if its.ends):
        yield f"selected at an end of its space (a better value may lie beyond): {', '.join(ends)}"
    if worse := [row for (row, _), its in tuned.items() if its.worse]:
        yield f"no trial is as good as its defaults: {few(worse)}"
    if unknown := [row for (row, _), its in tuned.items() if not its.trials]:
        yield "the results of trials were not kept" + f": {few(unknown)}" * (len(unknown) < len(tuned))
    if lost := [name for its in tuned.values() for name in its.lost]:
        yield f"no trial had a result, so it has no row: {few(lost)}"


def lines(tunings: Tunings, what: str = "", gains: Mapping[tuple[str, str], str] | None = None) -> Table:
    """A line for each row that was tuned, and for each column where they differ.

    Args:
        what: they are of.
        gains: {(row, column): what was selected less the defaults}, for one more column.
    """
    body: list[list[Mark]] = []
    for row in dict.fromkeys(row for row, _ in tunings):
        own = {column: its for (name, column), its in tunings.items() if name == row and its}
        same = all(its == next(iter(own.values())) for its in own.values())
        said = {row if same else f"{row}, {column}": column for column in own}
        for name, column in said.items():
            more = [] if gains is None else [gains.get((row, column), "-")]
            body.append([Mark(text) for text in (name, *_line(own[column]), *more)])
    words = [
        f"{what}: how rows were tuned" if what else "How arms were tuned",
        "trials: of so many, in brackets how many are unlike",
        "at an end: what was selected is the lowest or highest of its space, in the outer tenth of a range, or outside",
        "best trial: on validation examples, which flatters it",
    ]
    if gains is not None:
        words.append("gain: what was selected less the defaults, under the same seeds, with 95% interval")
    tuned = {place: its for place, its in tunings.items() if its}
    header = [*HEADER, *["gain"] * (gains is not None)]
    return Table("; ".join([*words, *_alike(tuned, _rule)]) + ".", header, body, label="tuning")


def _besides(its: Tuning | None, keys: Collection[str]) -> Tuning | None:
    return its and replace(its, overrides=[o for o in its.overrides if _key(o) in keys])


def _key(override: str) -> str:
    return override.partition("=")[0]


def _has(result: Result, override: str) -> bool:
    """Is what an override says so of a result? Its place or the caption says it then."""
    key, _, text = override.partition("=")
    return result.choices.get(key) == text or (key in result.settings and value_of(text) == result.settings[key])


def _line(its: Tuning) -> tuple[str, ...]:
    trials = "not kept"
    if its.trials:
        unlike = len({tuple(trial.overrides) for trial in its.trials})
        states = [trial.state for trial in its.trials]
        lost = [f"{states.count(state)} {state}" for state in ("diverged", "failed") if state in states]
        trials = ", ".join([f"{len(its.trials)} ({unlike} unlike)", *lost])
    space = " ".join(f"{key}={text}" for key, text in its.space.items())
    return trials, space, " ".join(its.chosen), _ends(its), _number(its, its.value), _number(its, its.defaults)


def _facts(its: Tuning) -> dict[str, str]:
    """The facts that have to be the same for all, as far as they were kept."""
    said = {"trials": str(len(its.trials))} if its.trials else {}
    return said | {f"space of {key}": text for key, text in its.space.items()} | _rule(its)


def _rule(its: Tuning) -> dict[str, str]:
    """Of these, what no column of `lines` has."""
    said = {}
    if its.search:
        settings = [f"{key}={value}" for key, value in its.settings.items()]
        said["judged by"] = f"{its.search.select} {when(its.search.at, its.search.primary)}"
        said["sampler"] = " ".join([its.search.sampler, *settings, f"seed={its.search.seed}"])
        said |= {"these are": its.drawn} if its.drawn else {}
    own = its.objective.split()
    return said | {"trials with": " ".join(o for o in its.overrides if o not in own) or "nothing besides"}


def _alike(tuned: Mapping[tuple[str, str], Tuning], facts: Callable[[Tuning], Mapping[str, str]]) -> Iterator[str]:
    """Of facts that have to be the same in a column, a clause of those that are, and one each of those that are not."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}  # {fact: {column: {what is so: rows}}}
    for (row, column), its in tuned.items():
        for name, text in facts(its).items():
            found.setdefault(name, {}).setdefault(column, {}).setdefault(text, []).append(row)
    alike, unlike = [], []
    for name, columns in found.items():
        apart: dict[str, list[str]] = {}
        for texts in columns.values():
            for text, rows in texts.items() if len(texts) > 1 else ():
                apart.setdefault(text, []).extend(rows)
        if apart:
            unlike.append(f"{name}: {' and '.join(f'{text} ({few(rows)})' for text, rows in apart.items())}")
        else:
            alike.append(f"{name} {' or '.join(dict.fromkeys(text for texts in columns.values() for text in texts))}")
    if alike:
        yield f"tuned: {', '.join(alike)}"
    yield from (f"not tuned alike, {said}" for said in unlike)


def few(rows: Sequence[str]) -> str:
    """These names; of many, the first."""
    names = list(dict.fromkeys(rows))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _ends(its: Tuning) -> str:
    return ", ".join(f"{key}: {end}" for key, end in its.ends.items())


def _number(its: Tuning, value: float | None) -> str:
    return its.search.metric.text(value) if its.search and value is not None else "-"
