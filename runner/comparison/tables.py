"""What a panel says in numbers: means, differences to the baseline, ranks, rules; as tables, and all of it as CSV."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.comparison.beyond_means.runs import runs, trimmed
from runner.comparison.caption import caption
from runner.comparison.compare import (
    POWER,
    REPORT,
    Comparison,
    Family,
    apart_from_best,
    families,
    more_seeds,
    tied_with_best,
    told,
    uncompared,
    undecided,
    undecided_pairs,
    verdicts,
)
from runner.comparison.datasets.ranking import LEAST, Ranking, few_sets, ranking, tested, unranked
from runner.comparison.entry import Entry, entry
from runner.comparison.notes.examples import on_one_test_set, over_examples, untold
from runner.comparison.notes.footing import tunings
from runner.comparison.notes.origins import notes
from runner.comparison.notes.spread import spread
from runner.comparison.panels import Panel
from runner.comparison.results import Result, declared, metrics, primary_of, shared, usual_metric
from runner.console.escape import csv_cell
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.intervals import interval_name
from runner.statistics.ranks import win_tie_loss
from runner.statistics.sign_flip import decisive, smallest_p
from runner.statistics.stratified.aggregates import aggregate, aggregate_interval, interquartile_mean
from runner.tasks.selection import RULES, when

BEST_POSSIBLE = "best possible"  # the row of what no prediction can beat in the long run


def means(panel: Panel, level: float = 0.05, *, tested: bool = True, took: bool = True) -> Table:
    """Mean ± sample standard deviation of every entry, with each row's rank, time and memory.

    Args:
        tested: mark the rows that are not significantly different from the best? It takes a test for each.
        took: add columns for time, memory and first gradient?
    """
    tied = tied_with_best(panel, level) if tested else set()
    bold = {(row, column) for column in panel.columns for row in panel.leaders(column)}
    order = ranking(panel)
    ends = {place for place, its in tunings(panel).items() if its and its.ends}
    body = []
    for row in panel.rows:
        line = [Mark(row)]
        for column in panel.columns:
            mark = " †" * ((row, column) in tied) + " ‡" * ((row, column) in ends)
            line.append(Mark(_shown(panel, row, column) + mark, (row, column) in bold))
        body.append(line + [Mark(_rank(order, row))] * order.telling)
    optima = [panel.optimum(column) for column in panel.columns]
    if any(each is not None for each in optima):
        texts = ["" if each is None else panel.declared.text(each) for each in optima]
        body.append([Mark(cell) for cell in (BEST_POSSIBLE, *texts, *[""] * order.telling)])
    header = ["", *panel.heads, *["rank"] * order.telling]
    title = f"{_named(panel)}, mean ± standard deviation (n seeds)"
    marks = ["bold: best mean of its column"] * bool(bold)
    marks += [f"†: not significantly different from it (all pairs of a column, level {level:g}{_alone(panel)})"] * bool(
        tied
    )
    marks += ["‡: what was selected lies at an end of its space"] * bool(ends)
    marks += [f"rank: mean over {order.over}"] * order.telling
    remarks = _remarks(panel, order, level, tested=tested)
    bare = Table(caption(title, marks, remarks), header, body, label=panel.metric)
    if not took:
        return bare
    known, words = _took(panel)
    full = replace(bare, caption=caption(title, marks, remarks + words))
    if not known:
        return full
    beside = [[Mark(known[name].get(line[0].text, "")) for name in known] for line in body]
    body = [line + more for line, more in zip(body, beside, strict=True)]
    return replace(full, header=[*header, *known], body=body, narrow=bare)


def distances(panel: Panel) -> Table:
    """How much worse every entry is than the best possible value of its column, in the columns where that is known.

    On a finite test set an entry may be better than what is possible in the long run, and its distance below 0.
    """
    optima = {column: best for column in panel.columns if (best := panel.optimum(column)) is not None}
    body = []
    for row in panel.rows:
        line = [Mark(row)]
        for column, best in optima.items():
            entry, way = panel.entry(row, column), -1 if panel.declared.higher else 1
            far = replace(entry, values={seed: way * (value - best) for seed, value in entry.values.items()})
            line.append(Mark(far.text(panel.scale, panel.digits, panel.most_in(column))))
        body.append(line)
    title = f"{_named(panel)}, distance to the best possible value, mean ± standard deviation (n seeds)"
    marks = ["best possible: " + ", ".join(f"{panel.declared.text(best)} ({name})" for name, best in optima.items())]
    words = caption(title, marks * bool(optima), [*panel.counting, *notes(panel)])
    return Table(words, ["", *optima], body, label=f"{panel.metric}-distance")


def _remarks(panel: Panel, order: Ranking, level: float, *, tested: bool) -> list[str]:
    """What is special here: rows that cannot be the best, compared or ranked, and how results were made."""
    said = []
    if over := [(row, column) for column in panel.columns for row in panel.passed_over(column)]:
        said.append(f"cannot be the best, as seeds are missing: {panel.places(over)}")
    if tested:
        for columns, n, rows in _alike(panel, undecided(panel, level)):
            said.append(columns + _too_few(n, 1, f"among {rows}", level))
        if alone := apart_from_best(panel, level):
            said.append(f"not compared with the best, as too few seeds are in common or none: {panel.places(alone)}")
    if min(len(panel.rows), len(panel.columns)) >= LEAST:
        said += unranked(panel, order)
    return [*said, *panel.counting, *notes(panel)]


def _alike(panel: Panel, few: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, int, int]]:
    """(how many columns, in words, seeds, what is compared) of columns that are alike in these; no words for all."""
    for (n, count), columns in sorted(Counter(few.values()).items()):
        yield "" if columns == len(panel.columns) else f"in {columns} of {len(panel.columns)} columns ", n, count


def _too_few(n: int, comparisons: int, what: str, level: float) -> str:
    """What to say where n seeds cannot bring any of so many comparisons to the level by Holm's correction."""
    return f"{n} seed{'s' * (n != 1)} cannot decide {what} (it takes {decisive(comparisons, level)})"


def differences(panel: Panel, level: float = 0.05, detect: float | None = None, family: Family | None = None) -> Table:
    """Every row against the baseline, seed by seed.

    Args:
        detect: the difference that "n for" is about, as `read_difference` reads it.
        family: the comparisons, with p corrected; by default over this panel.
    """
    family, asked = family or families([panel], level)[0], detect
    detect, found = read_difference(panel, asked), family.comparisons
    size, made = panel.size(detect), [each for each in found if each.made]
    header = ["", "", "difference", f"{1 - level:.0%} interval", "p", "p (Holm)", "d", "wins", "n", f"n for {size}"]
    body = [
        [Mark(cell) for cell in _difference(panel, each, detect, family.level(each.column, level))] for each in found
    ]
    title = f"{_named(panel)}, difference to {panel.baseline} under the same seed{_points(panel)}"
    remarks = _few_seeds(made, family, level) if panel.over == "seeds" else untold(panel, found)
    remarks += _uncompared(panel)
    if any(not each.paired.n for each in found):
        remarks.append("n=0: no seed is in common, and nothing can be compared")
    remarks += [*spread(panel, found), *panel.counting, *notes(panel)]
    marks = [*_tests(panel, made, family, level), *_as_read(panel, asked)] if made else []
    return Table(caption(title, marks, remarks), header, body, label=f"{panel.metric}-differences")


def _uncompared(panel: Panel) -> list[str]:
    """What is in no comparison, and why: no seeds, or seeds that do not have the metric."""
    places: dict[str, list[tuple[str, str]]] = {}
    for row, column in uncompared(panel):
        lack = panel.entry(row, column).lack
        places.setdefault(f"as seeds are {lack}" if lack else "for want of seeds", []).append((row, column))
    return [f"in no comparison, {why}: {panel.places(its)}" for why, its in places.items()]


def _tests(panel: Panel, made: Sequence[Comparison], family: Family, level: float) -> list[str]:
    """What the columns of differences mean, for the comparisons that could be made."""
    ns = [each.paired.n for each in made]
    most = max(ns)
    holm = f"p (Holm): corrected for {family.named}"
    if panel.over != "seeds":
        return [*over_examples(panel, made), holm]
    return [
        f"interval: {interval_name(ns, 1 - level).removesuffix(' interval')}, over seeds{on_one_test_set(panel)}",
        f"p: sign-flip test, at least {smallest_p(most):.2g} with {most} seed{'s' * (most != 1)}",
        holm,
    ]


def _few_seeds(made: Sequence[Comparison], family: Family, level: float) -> list[str]:
    """What to say where no comparison that was made can reach the level; else nothing."""
    if not made or any(smallest_p(each.paired.n) <= family.level(each.column, level) for each in made):
        return []
    first = max(made, key=lambda each: each.paired.n)
    count = family.sizes[first.column]
    what = "the one comparison" if count == 1 else f"any of {count} comparisons"
    return [_too_few(first.paired.n, count, what, level)]


def seeds(panel: Panel, level: float = 0.05, detect: float | None = None, family: Family | None = None) -> Table:
    """The seeds that find a difference of `detect` to the baseline, and the commands that train the missing ones; see
    `differences`."""
    family, asked = family or families([panel], level)[0], detect
    detect, found = read_difference(panel, asked), family.comparisons
    made = any(each.made for each in found)
    body: list[list[Mark]] = []
    commands: list[str] = []
    untold = uncompared(panel)
    for each in found:
        more = more_seeds(panel, each, detect, family.level(each.column, level))
        if more is None:
            untold.append((each.row, each.column))
        elif more.commands:
            column = each.column if len(panel.columns) > 1 else ""
            body.append([Mark(cell) for cell in (each.row, column, str(each.paired.n), str(more.seeds))])
            commands += more.commands
    title = (
        f"{_named(panel)}: seeds that find a difference of {panel.size(detect)} to {panel.baseline} with power "
        f"{POWER:g}" + f" as one of {family.named}, if they vary as much as those there are allow" * made
    )
    marks = ["below: commands that train the missing seeds"] * bool(commands) + _as_read(panel, asked)
    remarks = [f"without a known scatter, and so without a number: {panel.places(untold)}"] * bool(untold)
    words = caption(title, marks, [*remarks, *panel.counting, *notes(panel)])
    header, label = ["", "", "n", "needed"], f"{panel.metric}-seeds"
    return Table(words, header, body, label=label, commands=list(dict.fromkeys(commands)))


def rules(panel: Panel) -> Table:
    """Every entry by each rule that its seeds have a row for, and how far the best on test is above the last."""
    results = {place: its.result for place, its in panel.entries.items() if its.result}
    outcomes = [outcome for result in results.values() for outcome in result.outcomes.values()]
    there = [rule for rule in RULES if any(rule in outcome.rows for outcome in outcomes)]
    body = []
    for (row, column), result in results.items():
        at = {rule: entry(result, panel.metric, panel.declared, rule, panel.diverged) for rule in RULES}
        most = panel.most_in(column)
        shown = [at[rule].text(panel.scale, panel.digits, most) for rule in there]
        last, best = at["last"], at["best_test"]
        both = last.values.keys() & best.values.keys()
        gap = Entry({seed: best.values[seed] - last.values[seed] for seed in sorted(both)}, diverged=last.diverged)
        body.append([Mark(text) for text in (row, column, *shown, gap.text(panel.scale, panel.digits, most))])
    marks = ["gap: best_test minus last", *(f"{rule}: {when(rule, panel.primary)}" for rule in there)]
    title = f"{panel.named}, mean ± standard deviation (n seeds)"
    words = caption(title, marks, [*panel.counting, *notes(panel)])
    return Table(words, ["", "", *there, "gap"], body, label=f"{panel.metric}-rules")


def ranks(panel: Panel, level: float = 0.05) -> Table:
    """Rows that have a mean in every column, by rank; what they win and lose against each other, if seeds decide it."""
    order = ranking(panel)
    counts, decided = _contests(panel, order, level)
    body = []
    for place in order.ranks.argsort(kind="stable"):
        cells = [order.rows[place], f"{order.ranks[place]:.2f}", _middle(panel, order.rows[place], level)]
        body.append([Mark(cell) for cell in (*cells, *(() if counts is None else map(str, counts[place])))])
    title = f"{_named(panel)}, mean rank over {order.over}"
    marks = []
    if order.rows:
        n = f"{panel.most} seed{'s' * (panel.most != 1)}"
        marks.append(f"IQM: interquartile mean over columns and up to {n}, with {1 - level:.0%} bootstrap interval")
    if counts is not None:
        how = f"all pairs of a column, level {level:g}{_alone(panel)}"
        marks.append(f"wins, ties, losses: columns, against each other row ({how})")
    marks += tested(order, level)
    remarks = [*few_sets(order, level), *decided, *trimmed(panel, order.rows), *unranked(panel, order)]
    words = caption(title, marks, [*remarks, *panel.counting, *notes(panel)])
    header = ["", "rank", "IQM", *([] if counts is None else ["wins", "ties", "losses"])]
    return Table(words, header, body, label=f"{panel.metric}-ranks")


def _contests(panel: Panel, order: Ranking, level: float) -> tuple[NDArray[np.int64] | None, list[str]]:
    """(O, 3) columns in which a row wins, ties and loses, None where no seeds decide it; and what is not counted."""
    rows, few = order.rows, undecided_pairs(panel, order.rows, level)
    said = []
    for columns, n, pairs in _alike(panel, few):
        what = "the one pair" if pairs == 1 else f"any of {pairs} pairs"
        said.append(columns + _too_few(n, 1, what, level))
    can = told(panel, rows, level)
    pairs = len(rows) * (len(rows) - 1) // 2 * len(panel.columns)
    if not can.any():
        return None, said or ["no two of the rows have a seed in common"] * bool(pairs)
    counts = win_tie_loss(verdicts(panel, rows, level)).sum(axis=1)
    counts[:, 1] -= (~can).sum(axis=(0, 2))
    if left := pairs - int(can.sum()) // 2:
        said.append(f"{left} of {pairs} contests are not counted, as seeds in common are too few or none")
    return counts, said


def _middle(panel: Panel, row: str, level: float) -> str:
    """A row's interquartile mean and its interval, over the seeds that it has in every column."""
    its, form = runs(panel, row), f".{panel.digits}f"
    low, high = (panel.scale * bound for bound in aggregate_interval(interquartile_mean, its, 1 - level))
    return f"{number(panel.scale * aggregate(interquartile_mean, its), form)} {bounds(low, high, form)}".rstrip()


def _difference(panel: Panel, each: Comparison, detect: float, level: float) -> list[str]:
    its, scale, digits = each.paired, panel.scale, panel.digits
    lost = f" ({each.diverged} diverged)" if each.diverged else ""
    lacking = "".join(f", {count} {state}" for state, count in sorted(each.lacking.items()))
    more = more_seeds(panel, each, detect, level)
    column = each.column if len(panel.columns) > 1 else ""
    numbers = [
        number(scale * its.mean, f"+.{digits}f"),
        bounds(scale * its.low, scale * its.high, f"+.{digits}f") or "-",
        number(its.p, ".2g"),
        number(each.holm, ".2g"),
        number(its.effect, "+.2f"),
        number(each.wins, ".0%"),
        f"{its.n}{lost}{lacking}",
        str(more.seeds) if more else "-",
    ]
    return [each.row, column, *numbers]


def everything(result: Result, at: str = "last") -> Table:
    """All metrics of one cell."""
    rows = [outcome.rows[at] for outcome in result.outcomes.values() if at in outcome.rows]
    known = metrics([result])
    names = dict.fromkeys(name for row in rows for name in row if name in known and "/" in name) or [
        usual_metric([result])
    ]
    its = {name: entry(result, name, declared([result], name), at) for name in names}
    body = [[Mark(name), Mark(each.text(1, 4))] for name, each in its.items()]
    remarks = []
    if any(each.diverged for each in its.values()):
        remarks.append("a diverged seed counts as the worst value of a metric; where that has none there is no mean")
    words = caption(f"{shared([result])}: {when(at, primary_of([result]))}; {result.folder}", [], remarks)
    return Table(words, ["metric", "mean ± standard deviation"], body)


Took = Callable[[Mapping[str, Any]], float | None]
TOOK: dict[str, tuple[Took, str]] = {  # {what: (of what a seed took, how it is written)}
    "s a seed": (lambda t: t["seconds"] / t.get("stack_size", 1), ".2g"),
    "MB": (lambda t: t["peak_memory_bytes"] / 1e6, ".0f"),
    "gradient at start": (lambda t: t.get("gradient_norm_at_start"), ".2g"),
}


def _took(panel: Panel) -> tuple[dict[str, dict[str, str]], list[str]]:
    """{what: {row: text}} of what a row's seeds took, in the mean over the columns that all rows have; and in words."""
    found: dict[str, dict[str, str]] = {}
    over: set[int] = set()
    for name, (what, form) in TOOK.items():
        its = {
            (row, c): v
            for row in panel.rows
            for c in panel.columns
            if (v := panel.entry(row, c).took(what)) is not None
        }
        rows = dict.fromkeys(row for row, _ in its)
        columns = [column for column in panel.columns if all((row, column) in its for row in rows)]
        if rows:
            over.add(len(columns))
        if rows and columns:
            found[name] = {row: format(fmean(its[row, column] for column in columns), form) for row in rows}
    said = []
    few = [f"{count} of {len(panel.columns)}" for count in sorted(over) if 0 < count < len(panel.columns)]
    if few:
        said.append(f"what it took is a mean over the {' or '.join(few)} columns that all rows have")
    if 0 in over:
        said.append("what it took is not shown, as no column is there for all rows")
    return found, said


def _rank(order: Ranking, row: str) -> str:
    return f"{order.ranks[order.rows.index(row)]:.1f}" if row in order.rows else "-"


def _named(panel: Panel) -> str:
    return f"{panel.named} {panel.when}"


def read_difference(panel: Panel, asked: float | None) -> float:
    """A difference of the panel's metric as it was meant, in the unit of the values.

    Of a share no difference is 1 or more, so that 2 is two points, 0.02; 0.02 is that, too. By default a hundredth of a
    share, and a tenth of other metrics.
    """
    if asked is None:
        return 0.01 if panel.scale == 100 else 0.1
    return asked / panel.scale if asked >= 1 else asked


def _as_read(panel: Panel, asked: float | None) -> list[str]:
    """How a difference of a share was read."""
    if asked is None or panel.scale != 100:
        return []
    return [f"detect={asked:g}: read as {panel.size(read_difference(panel, asked))}"]


def _shown(panel: Panel, row: str, column: str) -> str:
    return panel.entry(row, column).text(panel.scale, panel.digits, panel.most_in(column))


def _alone(panel: Panel) -> str:
    """That a test is over seeds, where differences are not."""
    return "" if panel.over == "seeds" else ", over seeds alone"


def _points(panel: Panel) -> str:
    return ", in points" if panel.scale == 100 else ""


FIELDS = (
    "title", "metric", "at", "row", "column", "n", "mean", "sd", "best", "tied", "others", "diverged", "diverged_rule",
    "baseline", "difference", "low", "high", "p", "p_holm", "effect", "superiority", "pairs", "cell", "over",
)  # fmt: skip


def as_csv(panels: Sequence[Panel], level: float = 0.05, family: str = REPORT) -> str:
    """The lines as comma-separated values."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: csv_cell(value) for key, value in line.items()} for line in lines(panels, level, family))
    return out.getvalue()


def lines(panels: Sequence[Panel], level: float = 0.05, family: str = REPORT) -> Iterator[dict[str, Any]]:
    """FIELDS of every entry, each number in full, also of its comparison with the baseline."""
    for panel, found in zip(panels, families(panels, level, family), strict=True):
        tied = tied_with_best(panel, level)
        best = {(row, column) for column in panel.columns for row in panel.leaders(column)}
        compared = {(each.row, each.column): each for each in found.comparisons}
        for (row, column), its in panel.entries.items():
            line: dict[str, Any] = {
                "title": panel.title, "metric": panel.metric, "at": panel.at, "row": row, "column": column,
                "n": its.n, "mean": its.mean, "sd": its.sd, "best": (row, column) in best,
                "tied": (row, column) in tied,
                "others": " ".join(f"{state}={count}" for state, count in sorted(its.others.items())),
                "diverged": len(its.diverged) + its.others.get("diverged", 0), "diverged_rule": panel.diverged,
                "cell": its.result.cell if its.result else "",
            }  # fmt: skip
            if each := compared.get((row, column)):
                said = each.paired
                line |= {
                    "baseline": each.other, "difference": said.mean, "low": said.low, "high": said.high, "p": said.p,
                    "p_holm": each.holm, "effect": said.effect, "superiority": each.wins, "pairs": said.n,
                    "over": panel.over,
                }  # fmt: skip
            yield line
