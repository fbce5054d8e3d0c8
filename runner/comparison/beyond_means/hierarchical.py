"""Every row against the baseline: is it better on a data set to come?"""

from collections.abc import Sequence
from math import nan
from statistics import fmean

from runner.comparison.beyond_means.practical import region
from runner.comparison.caption import caption
from runner.comparison.compare import differences
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, number
from runner.statistics.practical.hierarchical import hierarchical_posterior

LEAST = 3  # seeds that a column needs


def hierarchical(panel: Panel, rope: float | None = None, correlation: float = 0.0) -> Table:
    """The hierarchical correlated t test, whose data sets are the columns in which a row and the baseline have seeds.

    Args:
        rope: see `region`.
        correlation: of two differences of a column: 0 for seeds on one fixed test set, 1 / k for k folds.
    """
    half = region(panel, rope)
    body = [_line(panel, row, half, correlation) for row in panel.rows if row != panel.baseline]
    title = f"{panel.named} {panel.when}, difference to {panel.baseline} on a data set to come"
    marks = [
        "difference: mean over columns, of as many data sets",
        f"alike: within {panel.size(half)}",
        "P(worse), P(alike), P(better): hierarchical correlated t test, "
        f"correlation of two seeds of a column {correlation:g}",
    ]
    words = caption(title, marks * bool(body), [*_remarks(panel, body), *panel.counting, *notes(panel)])
    header = ["", "difference", "P(worse)", "P(alike)", "P(better)", "columns", "n"]
    return Table(words, header, [[Mark(cell) for cell in line] for line in body], label=f"{panel.metric}-hierarchical")


def _line(panel: Panel, row: str, half: float, correlation: float) -> list[str]:
    pairs = [(panel.entry(row, column), panel.entry(panel.baseline, column)) for column in panel.columns]
    found = [x for one, other in pairs if (x := differences(one, other)).size >= LEAST]
    way = 1 if panel.declared.higher else -1
    shares = hierarchical_posterior([way * x for x in found], half, correlation)
    ns = sorted({x.size for x in found})
    mean = panel.scale * fmean(x.mean() for x in found) if found else nan
    return [
        row,
        number(mean, f"+.{panel.digits}f"),
        *(number(share, ".2f") for share in shares),
        str(len(found)),
        " to ".join(dict.fromkeys(map(str, (ns[0], ns[-1])))) if ns else "0",
    ]


def _remarks(panel: Panel, body: Sequence[Sequence[str]]) -> list[str]:
    """Columns of one data set that count as several, and rows whose probabilities are not known."""
    results = {column: its.result for (_, column), its in panel.entries.items() if its.result}
    sets = {its.choices.get("dataset") for its in results.values()}
    said = []
    if len(sets) < len(results):
        said.append(f"{len(results)} columns of {len(sets)} data set{'s' * (len(sets) != 1)} count as independent ones")
    if unknown := [line[0] for line in body if "-" in line[2:5]]:
        why = f"it takes two columns or more, each with {LEAST} seeds in common whose differences are not all equal"
        said.append(f"no probabilities of {', '.join(unknown)}: {why}")
    return said
