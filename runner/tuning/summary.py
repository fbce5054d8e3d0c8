"""What tuning came to: each objective at its defaults and at its best, and the tuned ones against each other."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import NamedTuple

from runner.comparison.caption import caption
from runner.comparison.entry import WORST, entry, rule
from runner.comparison.gain import gain, in_words
from runner.comparison.panels import LOSSES, Panel
from runner.comparison.results import Result, declared, primary_of, shared, usual_metric
from runner.comparison.tables import differences
from runner.comparison.tuning import Search
from runner.console.plain import Plain
from runner.console.table import Mark, Table
from runner.tasks.metric import titled
from runner.tasks.selection import when


class Final(NamedTuple):
    """An objective in the comparison in the end.

    Attributes:
        name: of the objective.
        what: at its defaults, or the best of its trials.
        numbers: what it has for the keys that are searched, and at which end of its space that lies.
        value: what its trial came to, or its defaults with the seeds of trials; nan where that came to nothing.
        where: {key: value} of what final.<key> lists.
        result: of the cell; with its tuning, where trials selected it.
    """

    name: str
    what: str
    numbers: str
    value: float
    where: Mapping[str, str]
    result: Result

    @property
    def column(self) -> str:
        return ", ".join(f"{key}={value}" for key, value in self.where.items()) or usual_metric([self.result])


def table(finals: Sequence[Final], search: Search) -> Table:
    """Each at its defaults and as selected; what trials are judged by only where final.* leaves it something."""
    judged = any(search.select in outcome.metrics for each in finals for outcome in each.result.outcomes.values())
    test = f"test/{search.primary}"
    names = (search.select, test) if judged else (test,)
    metrics = {name: declared([each.result for each in finals], name) for name in names}
    body = []
    for each in finals:
        both = [(entry(each.result, name, its, search.at), its) for name, its in metrics.items()]
        ends = [its.text(metric.scale, metric.digits) for its, metric in both]
        trial = "-" if isnan(each.value) else search.metric.text(each.value)
        first = f"{each.name}, {each.what}: {each.numbers}"
        gained = _gain(each, finals, test, search)
        body.append([Mark(text) for text in (first, trial, *each.where.values(), *ends, gained)])
    epoch = when(search.at, search.primary)
    title = f"Objectives at their defaults and as tuned {epoch}, mean ± standard deviation (n seeds)"
    judge = titled(search.select, search.metric)
    marks = [f"trial: {judge} with the seeds of the trials, which flatters the best of them"]
    tuned = [each.result.tuning for each in finals if each.result.tuning]
    marks += [f"trials: {drawn}" for drawn in dict.fromkeys(its.drawn for its in tuned)]
    marks += [f"gain: {titled(test, metrics[test])}, less that of the defaults under the same seed, with 95% interval"]
    marks += ["lowest, highest: what was selected is at that end of its space"] * any(its.ends for its in tuned)
    said = []
    if any(outcome.state == "diverged" for each in finals for outcome in each.result.outcomes.values()):
        said += [rule(name, metric, WORST) for name, metric in metrics.items()]
    listed = finals[0].where if finals else ()
    header = ["objective", "trial", *listed, *(titled(*each) for each in metrics.items()), "gain"]
    return Table(caption(title, marks, said), header, body)


def _gain(each: Final, finals: Sequence[Final], test: str, search: Search) -> str:
    """What was selected less the defaults, in words; nothing of the defaults."""
    if not each.result.tuning:
        return ""
    usual = next(its for its in finals if (its.name, its.where) == (each.name, each.where) and not its.result.tuning)
    metric = declared([each.result, usual.result], test)
    return in_words(gain(*(entry(its.result, test, metric, search.at) for its in (each, usual))), metric)


def compare(finals: Sequence[Final], at: str, console: Plain) -> None:
    """Is one tuned objective better than another? Seed by seed: than the usual loss, or else than the first."""
    tuned = [each for each in finals if each.result.tuning]
    names = list(dict.fromkeys(each.name for each in tuned))
    if len(names) < 2:
        return
    usual = next((each.name for each in tuned if each.result.choices.get("loss") in LOSSES), names[0])
    name = primary_of([each.result for each in tuned])
    test = f"test/{name}"
    metric = declared([each.result for each in tuned], test)
    panel = Panel(
        metric=test,
        declared=metric,
        primary=name,
        at=at,
        title="tuned",
        why="",
        shared=shared([each.result for each in tuned]),
        rows=names,
        columns=list(dict.fromkeys(each.column for each in tuned)),
        entries={(each.name, each.column): entry(each.result, test, metric, at) for each in tuned},
        baseline=usual,
    )
    if panel.most > 1:
        differences(panel).show(console)
    else:
        console.print("one seed does not tell the tuned ones apart; final.seeds=10 takes ten")
