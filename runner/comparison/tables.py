"""What a panel says in numbers: means, differences to the baseline, ranks; as sheets, and all of it as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
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
    too_few,
    verdicts,
)
from runner.comparison.panels import Entry, Panel, entry
from runner.comparison.results import Result
from runner.comparison.sheet import Mark, Sheet
from runner.comparison.stats import Array, decisive, smallest_p
from runner.selection import RULES


def means(panel: Panel, level: float = 0.05, *, tested: bool = True) -> Sheet:
    """Mean ± sample standard deviation of every entry; beside them each row's rank and what it took.

    Args:
        tested: are those to be marked that are not to be told from the best? It takes a test each.
    """
    tied = tied_with_best(panel, level) if tested else set()
    best = {panel.best(column) for column in panel.columns}
    order = ranking(panel)
    took = _took(panel)
    ranked = len(order.rows) > 1

    def shown(entry: Entry) -> str:
        return entry.text(panel.scale, panel.digits, panel.most)

    body = []
    for row in panel.rows:
        line = [Mark(row)]
        for column in panel.columns:
            mark = " †" if (row, column) in tied else ""
            line.append(Mark(shown(panel.entry(row, column)) + mark, panel.best(column) == row))
        line += [Mark(_rank(order, row))] if ranked else []
        body.append(line + [Mark(took[name].get(row, "")) for name in took])
    header = ["", *panel.columns, *(["rank"] if ranked else []), *took]
    said = [f"{_named(panel)}, mean ± sample standard deviation (n seeds)"]
    if best != {None}:
        said.append("bold: the best mean of its column")
    if tied:
        said.append(f"†: not to be told from it (paired sign-flip test over seeds, {_correction(panel, level)})")
    if ranked and len(panel.columns) > 1:
        said.append(f"rank: mean over {len(panel.columns)} columns")
    if took:
        said.append("seconds are a seed's share of its stack's, MB the most that its stack held")
    return Sheet("; ".join(said) + ".", header, body)


def _correction(panel: Panel, level: float) -> str:
    if not any(too_few(panel, column, level) for column in panel.columns):
        return f"Holm over the column, level {level:g}"
    others = len(panel.rows) - 1
    needed = decisive(others, level)
    return f"level {level:g}, not corrected: Holm's correction for {others} takes {needed} seeds to tell any apart"


def differences(panel: Panel, level: float = 0.05, detect: float | None = None) -> Sheet:
    """Every row against the baseline, seed by seed."""
    detect = _detect(panel, detect)
    found = against_baseline(panel, level)
    size = _plain(detect, panel)
    header = ["", "", "difference", f"{1 - level:.0%} interval", "p", "p (Holm)", "d", "wins", "n", f"n for {size}"]
    body = [[Mark(cell) for cell in _difference(panel, each, detect, level, len(found))] for each in found]
    most = max((each.paired.n for each in found), default=0)
    least = smallest_p(most)
    said = [
        f"{_named(panel)}: difference to {panel.baseline} under the same seed{_points(panel)}",
        "BCa bootstrap interval",
        f"p of the sign-flip test (at least {least:.2g} with these n), and corrected for all {len(found)} comparisons",
        "d: mean over standard deviation of the differences",
        "wins: share of seeds in which it is greater",
        f"last: seeds that find a difference of {size} with power {POWER:g}, as one of {len(found)}",
    ]
    if found and least * len(found) > level:
        said.append(
            f"with {most} seeds none of {len(found)} can reach {level:g}: it takes {decisive(len(found), level)}"
        )
    return Sheet("; ".join(said) + ".", header, body)


def seeds(panel: Panel, level: float = 0.05, detect: float | None = None) -> Sheet:
    """What would find a difference to the baseline of `detect`, and the commands that train what is missing for it."""
    detect = _detect(panel, detect)
    found = against_baseline(panel, level)
    body = []
    for each in found:
        more = more_seeds(panel, each, detect, level / len(found))
        if more and more.commands:
            column = each.column if len(panel.columns) > 1 else ""
            numbers = (str(each.paired.n), str(more.seeds), "; ".join(more.commands))
            body.append([Mark(cell) for cell in (each.row, column, *numbers)])
    caption = (
        f"{_named(panel)}: seeds that find a difference of {_plain(detect, panel)} to {panel.baseline} with power "
        f"{POWER:g}, as one of {len(found)}, if they scatter as those that are there."
    )
    return Sheet(caption, ["", "", "n", "needed", "what trains those that are missing"], body)


def ranks(panel: Panel, level: float = 0.05) -> Sheet:
    """Rows that have values in every column, by rank, with what they win and lose against all others seed by seed."""
    order = ranking(panel)
    with_itself = [0, len(panel.columns), 0]
    counts = win_tie_loss(verdicts(panel, order.rows, level)).sum(axis=1) - with_itself
    body = []
    for place in order.ranks.argsort(kind="stable"):
        row = order.rows[place]
        runs = _runs(panel, row)
        low, high = (panel.scale * bound for bound in interquartile_interval(runs, 1 - level))
        middle = f"{panel.scale * interquartile_mean(runs.ravel()):.{panel.digits}f}"
        spread = "" if isnan(low) else f" [{low:.{panel.digits}f}, {high:.{panel.digits}f}]"
        body.append(
            [Mark(cell) for cell in (row, f"{order.ranks[place]:.2f}", middle + spread, *map(str, counts[place]))]
        )
    said = [
        f"{_named(panel)}: mean rank over {len(panel.columns)} column{'s' * (len(panel.columns) != 1)}",
        f"interquartile mean over seeds and columns, with {1 - level:.0%} bootstrap interval",
        f"columns in which it wins, ties and loses against each other row (sign-flip test, Holm, level {level:g})",
    ]
    if not isnan(order.friedman):
        distance = nemenyi_distance(len(order.rows), len(panel.columns), level)
        said.append(
            f"Friedman's p that all rank alike {order.friedman:.2g}; ranks differ from {distance:.2f} on (Nemenyi)"
        )
    return Sheet("; ".join(said) + ".", ["", "rank", "IQM", "wins", "ties", "losses"], body)


def _runs(panel: Panel, row: str) -> Array:
    """(P, n) of the seeds that a row has in every column."""
    entries = [panel.entry(row, column) for column in panel.columns]
    common = sorted(set.intersection(*(set(entry.values) for entry in entries)))
    return np.array([[entry.values[seed] for seed in common] for entry in entries]).reshape(len(entries), len(common))


def _difference(panel: Panel, each: Comparison, detect: float, level: float, comparisons: int) -> list[str]:
    its, scale, digits = each.paired, panel.scale, panel.digits
    lacking = "".join(f", {count} {state}" for state, count in sorted(each.lacking.items()))
    more = more_seeds(panel, each, detect, level / comparisons)
    column = each.column if len(panel.columns) > 1 else ""
    numbers = [
        f"{scale * its.mean:+.{digits}f}",
        "-" if isnan(its.low) else f"[{scale * its.low:+.{digits}f}, {scale * its.high:+.{digits}f}]",
        f"{its.p:.2g}",
        f"{each.holm:.2g}",
        "-" if isnan(its.effect) else f"{its.effect:+.2f}",
        f"{its.superiority:.0%}",
        f"{its.n}{lacking}",
        str(more.seeds) if more else "-",
    ]
    return [each.row, column, *numbers]


def everything(result: Result, at: str = "last") -> Sheet:
    """All metrics of one cell."""
    rows = [outcome.rows[at] for outcome in result.outcomes.values() if at in outcome.rows]
    names = dict.fromkeys(name for row in rows for name in row if "/" in name) or ["test/accuracy"]
    body = [[Mark(name), Mark(entry(result, name, at).text(1, 4))] for name in names]
    return Sheet(f"{RULES[at]}; {result.folder}", ["metric", "mean ± sample standard deviation"], body)


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
    percent = " in %" if panel.scale == 100 else ""
    title = f"{panel.title}: " if panel.title else ""
    return f"{title}{panel.metric}{percent} {RULES[panel.at]}"


def _detect(panel: Panel, asked: float | None) -> float:
    """The difference to look for where none was asked for: a hundredth of a share, a tenth of other metrics."""
    return asked if asked is not None else 0.01 if panel.scale == 100 else 0.1


def _points(panel: Panel) -> str:
    return ", in points" if panel.scale == 100 else ""


def _plain(difference: float, panel: Panel) -> str:
    size = panel.scale * difference
    return f"{size:g}" + (f" point{'s' * (size != 1)}" if panel.scale == 100 else "")


FIELDS = (
    "title", "metric", "at", "row", "column", "n", "mean", "sd", "best", "tied", "others", "baseline", "difference",
    "low", "high", "p", "p_holm", "effect", "superiority", "pairs", "cell",
)  # fmt: skip


def as_csv(panels: Sequence[Panel], level: float = 0.05) -> str:
    """The lines as comma-separated values."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines(panels, level))
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
                "cell": its.result.cell if its.result else "",
            }  # fmt: skip
            if each := compared.get((row, column)):
                said = each.paired
                line |= {
                    "baseline": each.other, "difference": said.mean, "low": said.low, "high": said.high, "p": said.p,
                    "p_holm": each.holm, "effect": said.effect, "superiority": said.superiority, "pairs": said.n,
                }  # fmt: skip
            yield line
