"""What a panel says in numbers: means, differences to the baseline, ranks; as sheets, and all of it as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np

from runner.comparison.across import interquartile_interval, interquartile_mean, nemenyi_distance, win_tie_loss
from runner.comparison.compare import (
    POWER,
    Comparison,
    Ranking,
    against_baseline,
    more_seeds,
    ranking,
    tied_with_best,
    undecided,
    verdicts,
)
from runner.comparison.entry import Entry, entry
from runner.comparison.origins import notes
from runner.comparison.panels import Panel
from runner.comparison.results import Result, declared, metrics, shared
from runner.comparison.sheet import Mark, Sheet
from runner.comparison.stats import Array, decisive, interval_name, smallest_p
from runner.escape import csv_cell
from runner.selection import RULES


def means(panel: Panel, level: float = 0.05, *, tested: bool = True, took: bool = True) -> Sheet:
    """Mean ± sample standard deviation of every entry; beside them each row's rank and what it took.

    Args:
        tested: are those to be marked that are not to be told from the best? It takes a test each.
        took: is there to be a column for each thing that it took?
    """
    tied = tied_with_best(panel, level) if tested else set()
    best = {panel.best(column) for column in panel.columns}
    order = ranking(panel)

    def shown(entry: Entry) -> str:
        return entry.text(panel.scale, panel.digits, panel.most)

    body = []
    for row in panel.rows:
        line = [Mark(row)]
        for column in panel.columns:
            mark = " †" if (row, column) in tied else ""
            line.append(Mark(shown(panel.entry(row, column)) + mark, panel.best(column) == row))
        body.append(line + [Mark(_rank(order, row))] * order.telling)
    header = ["", *panel.columns, *["rank"] * order.telling]
    said = [f"{_named(panel)}, mean ± sample standard deviation (n seeds)"]
    if best != {None}:
        said.append("bold: the best mean of its column")
    if tied:
        said.append(
            f"†: not to be told from it (paired sign-flip test over seeds, Holm over the column, level {level:g})"
        )
    if tested and (few := undecided(panel, level)):
        n, rows = max(few.values())
        where = f"in {len(few)} of {len(panel.columns)} columns " if len(few) < len(panel.columns) else ""
        said += [where + each for each in _too_few(n, rows - 1, f"among {rows}", level)]
    if order.telling:
        said.append(f"rank: mean over {len(panel.columns)} columns (ranks ignore distances)")
    said += [*panel.counting, *notes(panel)]
    bare = Sheet("; ".join(said) + ".", header, body, label=panel.metric)
    known = _took(panel) if took else {}
    if not known:
        return bare
    said.append("seconds are a seed's share of its stack's, MB the most that its stack held")
    beside = [[Mark(known[name].get(row, "")) for name in known] for row in panel.rows]
    body = [line + more for line, more in zip(body, beside, strict=True)]
    return replace(bare, caption="; ".join(said) + ".", header=[*header, *known], body=body, narrow=bare)


def _too_few(n: int, comparisons: int, what: str, level: float) -> list[str]:
    """What to say where n seeds cannot bring any of so many comparisons to the level; else nothing."""
    if smallest_p(n) * comparisons <= level:
        return []
    return [f"{n} seed{'s' * (n != 1)} cannot decide {what} (it takes {decisive(comparisons, level)})"]


def differences(panel: Panel, level: float = 0.05, detect: float | None = None) -> Sheet:
    """Every row against the baseline, seed by seed."""
    detect = _detect(panel, detect)
    found = against_baseline(panel, level)
    size, made = _plain(detect, panel), [each for each in found if each.made]
    header = ["", "", "difference", f"{1 - level:.0%} interval", "p", "p (Holm)", "d", "wins", "n", f"n for {size}"]
    body = [[Mark(cell) for cell in _difference(panel, each, detect, level / max(len(made), 1))] for each in found]
    said = [f"{_named(panel)}: difference to {panel.baseline} under the same seed{_points(panel)}"]
    if made or not found:
        said += _tests([each.paired.n for each in made], size, level)
    said += [*panel.counting, *notes(panel)]
    return Sheet("; ".join(said) + ".", header, body, label=f"{panel.metric}-differences")


def _tests(ns: Sequence[int], size: str, level: float) -> list[str]:
    """What the columns of differences are, of comparisons of so many seeds; one of `size` is looked for."""
    most = max(ns, default=0)
    one, several = len(ns) == 1, f"{len(ns)} comparisons"
    return [
        interval_name(ns, 1 - level),
        f"p of the sign-flip test (with {most} seed{'s' * (most != 1)} never below {smallest_p(most):.2g}, whatever "
        f"the interval), and corrected for {'the one comparison' if one else f'all {several}'}",
        "d: mean over standard deviation of the differences",
        "wins: share of seeds in which it is better, ties count half",
        f"last: seeds that find a difference of {size} with power {POWER:g}, as one of {len(ns)}",
        *_too_few(most, len(ns), "the one comparison" if one else f"any of {several}", level),
    ]


def seeds(panel: Panel, level: float = 0.05, detect: float | None = None) -> Sheet:
    """What would find a difference to the baseline of `detect`, and the commands that train what is missing for it."""
    detect = _detect(panel, detect)
    found = [each for each in against_baseline(panel, level) if each.made]
    body: list[list[Mark]] = []
    commands: list[str] = []
    for each in found:
        more = more_seeds(panel, each, detect, level / len(found))
        if more and more.commands:
            column = each.column if len(panel.columns) > 1 else ""
            body.append([Mark(cell) for cell in (each.row, column, str(each.paired.n), str(more.seeds))])
            commands += more.commands
    caption = (
        f"{_named(panel)}: seeds that find a difference of {_plain(detect, panel)} to {panel.baseline} with power "
        f"{POWER:g}, as one of {len(found)}, if they scatter as those that are there; below, what trains the missing"
    )
    caption = "; ".join([caption, *panel.counting]) + "."
    header = ["", "", "n", "needed"]
    return Sheet(caption, header, body, label=f"{panel.metric}-seeds", commands=list(dict.fromkeys(commands)))


def ranks(panel: Panel, level: float = 0.05) -> Sheet:
    """Rows that have a mean in every column, by rank; what they win and lose against each other, if seeds decide it."""
    order = ranking(panel)
    pairs = len(order.rows) * (len(order.rows) - 1) // 2
    few = _too_few(panel.most, pairs, "the one pair" if pairs == 1 else f"any of {pairs} pairs", level)
    counts = None
    if not few:
        with_itself = [0, len(panel.columns), 0]
        counts = win_tie_loss(verdicts(panel, order.rows, level)).sum(axis=1) - with_itself
    body = []
    for place in order.ranks.argsort(kind="stable"):
        row = order.rows[place]
        runs = _runs(panel, row)
        low, high = (panel.scale * bound for bound in interquartile_interval(runs, 1 - level))
        middle = f"{panel.scale * interquartile_mean(runs.ravel()):.{panel.digits}f}"
        spread = "" if isnan(low) else f" [{low:.{panel.digits}f}, {high:.{panel.digits}f}]"
        decided = () if counts is None else map(str, counts[place])
        body.append([Mark(cell) for cell in (row, f"{order.ranks[place]:.2f}", middle + spread, *decided)])
    said = [
        f"{_named(panel)}: mean rank over {len(panel.columns)} column{'s' * (len(panel.columns) != 1)} (ranks ignore "
        "distances)",
        f"IQM: interquartile mean over columns and up to {panel.most} seeds, with {1 - level:.0%} bootstrap interval",
    ]
    if counts is not None:
        said.append(
            f"columns in which it wins, ties and loses against each other row (sign-flip test, Holm, level {level:g})"
        )
    if not isnan(order.friedman):
        distance = nemenyi_distance(len(order.rows), len(panel.columns), level)
        said.append(
            f"Friedman's p that all rank alike {order.friedman:.2g}; ranks differ from {distance:.2f} on (Nemenyi)"
        )
    said += [*few, *panel.counting]
    header = ["", "rank", "IQM", *([] if counts is None else ["wins", "ties", "losses"])]
    return Sheet("; ".join(said) + ".", header, body, label=f"{panel.metric}-ranks")


def _runs(panel: Panel, row: str) -> Array:
    """(P, n) of the seeds that count of a row in every column."""
    entries = [panel.entry(row, column) for column in panel.columns]
    common = sorted(set.intersection(*(set(entry.values) for entry in entries)))
    return np.array([[entry.values[seed] for seed in common] for entry in entries]).reshape(len(entries), len(common))


def _difference(panel: Panel, each: Comparison, detect: float, level: float) -> list[str]:
    its, scale, digits = each.paired, panel.scale, panel.digits
    lost = f" ({each.diverged} diverged)" if each.diverged else ""
    lacking = "".join(f", {count} {state}" for state, count in sorted(each.lacking.items()))
    more = more_seeds(panel, each, detect, level)
    column = each.column if len(panel.columns) > 1 else ""
    numbers = [
        _number(scale * its.mean, f"+.{digits}f"),
        "-" if isnan(its.low) else f"[{scale * its.low:+.{digits}f}, {scale * its.high:+.{digits}f}]",
        _number(its.p, ".2g"),
        _number(each.holm, ".2g"),
        _number(its.effect, "+.2f"),
        _number(each.wins, ".0%"),
        f"{its.n}{lost}{lacking}",
        str(more.seeds) if more else "-",
    ]
    return [each.row, column, *numbers]


def _number(value: float, form: str) -> str:
    return "-" if isnan(value) else format(value, form)


def everything(result: Result, at: str = "last") -> Sheet:
    """All metrics of one cell."""
    rows = [outcome.rows[at] for outcome in result.outcomes.values() if at in outcome.rows]
    known = metrics([result])
    names = dict.fromkeys(name for row in rows for name in row if name in known and "/" in name) or ["test/accuracy"]
    its = {name: entry(result, name, declared([result], name), at) for name in names}
    body = [[Mark(name), Mark(each.text(1, 4))] for name, each in its.items()]
    caption = f"{shared([result])}: {RULES[at]}; {result.folder}"
    if any(each.diverged for each in its.values()):
        caption += "; a diverged seed counts as the worst value of a metric, and where that has none there is no mean"
    return Sheet(caption, ["metric", "mean ± sample standard deviation"], body)


def _took(panel: Panel) -> dict[str, dict[str, str]]:
    """{what: {row: text}} of what a row's seeds took, in the mean over columns; without what is not known."""
    asked: dict[str, tuple[Any, str]] = {
        "s a seed": (lambda t: t["seconds"] / t.get("stack_size", 1), ".2g"),
        "MB": (lambda t: t["peak_memory_bytes"] / 1e6, ".0f"),
        "gradient at start": (lambda t: t.get("gradient_norm_at_start"), ".2g"),
    }
    found: dict[str, dict[str, str]] = {}
    for name, (what, form) in asked.items():
        for row in panel.rows:
            values = [v for c in panel.columns if (v := panel.entry(row, c).took(what)) is not None]
            if values:
                found.setdefault(name, {})[row] = format(sum(values) / len(values), form)
    return found


def _rank(order: Ranking, row: str) -> str:
    return f"{order.ranks[order.rows.index(row)]:.1f}" if row in order.rows else "-"


def _named(panel: Panel) -> str:
    return f"{panel.named} {RULES[panel.at]}"


def _detect(panel: Panel, asked: float | None) -> float:
    """The difference to look for where none was asked for: a hundredth of a share, a tenth of other metrics."""
    return asked if asked is not None else 0.01 if panel.scale == 100 else 0.1


def _points(panel: Panel) -> str:
    return ", in points" if panel.scale == 100 else ""


def _plain(difference: float, panel: Panel) -> str:
    size = panel.scale * difference
    return f"{size:g}" + (f" point{'s' * (size != 1)}" if panel.scale == 100 else "")


FIELDS = (
    "title", "metric", "at", "row", "column", "n", "mean", "sd", "best", "tied", "others", "diverged", "diverged_rule",
    "baseline", "difference", "low", "high", "p", "p_holm", "effect", "superiority", "pairs", "cell",
)  # fmt: skip


def as_csv(panels: Sequence[Panel], level: float = 0.05) -> str:
    """The lines as comma-separated values."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: csv_cell(value) for key, value in line.items()} for line in lines(panels, level))
    return out.getvalue()


def lines(panels: Sequence[Panel], level: float = 0.05) -> Iterator[dict[str, Any]]:
    """FIELDS of every entry, each number in full, also of its comparison with the baseline."""
    for panel in panels:
        tied = tied_with_best(panel, level)
        compared = {(each.row, each.column): each for each in against_baseline(panel, level)}
        for (row, column), its in panel.entries.items():
            line: dict[str, Any] = {
                "title": panel.title, "metric": panel.metric, "at": panel.at, "row": row, "column": column,
                "n": its.n, "mean": its.mean, "sd": its.sd, "best": panel.best(column) == row,
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
                }  # fmt: skip
            yield line
