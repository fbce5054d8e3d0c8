"""Every row on each data set, over its conditions, and in the average over data sets."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from runner.comparison.caption import caption
from runner.comparison.compare import differences
from runner.comparison.datasets.ranking import Ranking, data_sets, few_sets, ranking, tested, too_few, unranked
from runner.comparison.entry import Entry
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.intervals import interval_name
from runner.statistics.paired import Paired, paired
from runner.statistics.ranks import wilcoxon_holm
from runner.statistics.values import Array, signs


def averages(panel: Panel, level: float = 0.05) -> Table:
    """Means on each data set and over all of them, the average against the baseline's, and Wilcoxon's test.

    Of a single data set there is a mean in each column, and over all of these.

    A data set counts as one, however many columns it has. The average has an interval over seeds, on these data sets;
    Wilcoxon's test is over data sets, and says what is to be expected of others. It takes data sets to be independent,
    and differences to be alike in size on all of them (Demsar, 2006).
    """
    order, sets = ranking(panel), data_sets(panel)
    parts = sets if len(sets) > 1 else {column: [column] for column in panel.columns}
    on = {row: [_mean([panel.entry(row, c) for c in its]) for its in parts.values()] for row in panel.rows}
    whole = {row: _mean(on[row]) for row in order.rows}
    gaps = _gaps(panel, whole, level)
    can = len(sets) > 1 and bool(order.pairs) and not too_few(len(sets), order.pairs, level)
    p = wilcoxon_holm(order.means) if can else None
    body = []
    for row in panel.rows:
        entries = [*on[row], whole.get(row, Entry())]
        shown = [each.text(panel.scale, panel.digits, panel.most) for each in entries]
        body.append([Mark(text) for text in (row, *shown, *_against(panel, order, row, gaps.get(row), p))])
    points = ", in points" if panel.scale == 100 else ""
    title = f"{panel.named} {panel.when}, over {order.over}, mean ± standard deviation (n seeds)"
    marks = [
        f"average: each data set counts alike{', and of it each column' * (len(panel.columns) > len(sets))}",
        f"difference: of averages, to {panel.baseline} under the same seed{points}",
        *_interval(gaps, level),
        "rank: mean over data sets",
        f"better on: data sets, than {panel.baseline}",
    ]
    if can:
        marks.append(f"p: Wilcoxon's test over {len(sets)} data sets, corrected for all {order.pairs} pairs")
    remarks = [*few_sets(order, level), *unranked(panel, order), *panel.counting, *notes(panel)]
    header = ["", *parts, "average", "difference", f"{1 - level:.0%} interval", "rank", "better on", *["p"] * can]
    words = caption(title, [*marks, *tested(order, level)], remarks)
    return Table(words, header, body, label=f"{panel.metric}-datasets")


def _mean(entries: Sequence[Entry]) -> Entry:
    """Of the seeds that all of them have, the mean of their values."""
    common = sorted(set.intersection(*(set(each.values) for each in entries)))
    values = {seed: fmean(each.values[seed] for each in entries) for seed in common}
    lost = frozenset(seed for each in entries for seed in each.diverged)
    return Entry(values, diverged=lost & values.keys())


def _gaps(panel: Panel, whole: Mapping[str, Entry], level: float) -> dict[str, Paired]:
    """{row: its average less the baseline's}, of the rows that can be compared with it."""
    base = whole.get(panel.baseline)
    if base is None:
        return {}
    return {row: paired(differences(its, base), 1 - level) for row, its in whole.items() if row != panel.baseline}


def _interval(gaps: Mapping[str, Paired], level: float) -> list[str]:
    ns = [its.n for its in gaps.values()]
    if max(ns, default=0) < 2:
        return []
    return [f"interval: {interval_name(ns, 1 - level).removesuffix(' interval')}, over seeds, on these data sets"]


def _against(panel: Panel, order: Ranking, row: str, gap: Paired | None, p: Array | None) -> list[str]:
    """The difference of averages and its interval, the rank, data sets on which the row is better, and p."""
    place = order.rows.index(row) if row in order.rows else None
    rank = "-" if place is None else f"{order.ranks[place]:.2f}"
    if gap is None or place is None:
        return ["", "", rank, "", *[""] * (p is not None)]
    base, scale, form = order.rows.index(panel.baseline), panel.scale, f"+.{panel.digits}f"
    ahead = signs(order.means[:, place] - order.means[:, base]) * (1 if panel.declared.higher else -1)
    return [
        number(scale * gap.mean, form),
        bounds(scale * gap.low, scale * gap.high, form) or "-",
        rank,
        f"{int((ahead > 0).sum())} of {len(order.sets)}",
        *([] if p is None else [f"{p[place, base]:.2g}"]),
    ]
