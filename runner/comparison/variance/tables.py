"""A design as tables: standard deviations by source, their shares of all, and what pairing by seed saves."""

from collections.abc import Callable, Iterator, Sequence
from math import isnan, nan, sqrt

from runner.comparison.caption import caption
from runner.comparison.variance.design import ALL
from runner.comparison.variance.found import Design
from runner.console.table import Mark, Table
from runner.statistics.components import Bounded, Component, component, pairing, ratio

PAIRED = "pairing"  # the table that compares with the baseline
TABLES = ("components", "shares", PAIRED)
AT_ONCE = "all at once"


def tables(design: Design, names: Sequence[str], level: float) -> list[Table]:
    """Those of TABLES that are named; of a single row there is no pairing."""
    made = {"components": components, "shares": shares, PAIRED: pairings}
    return [made[name](design, level) for name in names if name != PAIRED or len(design.rows) > 1]


def components(design: Design, level: float) -> Table:
    """The standard deviation that each source makes while the others are fixed, with its interval."""

    def cell(row: str, source: str) -> str:
        its = component(design.groups(row, source), 1 - level)
        return _ranged(Bounded(sqrt(its.variance), sqrt(its.low), sqrt(its.high)), design.panel.digits)

    return _table(design, level, "standard deviation", cell, [], "components")


def shares(design: Design, level: float) -> Table:
    """Its variance as a share of that of all at once, and the sum of these."""
    whole = {row: component(design.groups(row, ALL), 1 - level) for row in design.rows}

    def cell(row: str, source: str) -> str:
        if source == ALL:
            its = _sum(design, row, whole[row])
            return _percent(Bounded(its, its, its))
        return _percent(ratio(_of(design, row, source, level), whole[row], 1 - level))

    marks = ["sum: of the sources; what is beyond 100% they make together with others"]
    return _table(design, level, "variance as % of that of all at once", cell, marks, "shares", first="sum")


def pairings(design: Design, level: float) -> Table:
    """Of what share a comparison with the baseline rids the variance of a difference by having the same draws."""
    base = design.panel.baseline

    def cell(row: str, source: str) -> str:
        return _percent(pairing(design.pairs(row, base, source), 1 - level))

    marks = [f"saved: 1 - Var(a - b) / (Var(a) + Var(b)) of a row and of {base} under the same draws"]
    what = f"% of the variance of a difference to {base} that pairing saves"
    return _table(design, level, what, cell, marks, PAIRED, without=base)


def _table(
    design: Design,
    level: float,
    what: str,
    cell: Callable[[str, str], str],
    marks: Sequence[str],
    label: str,
    *,
    first: str = AT_ONCE,
    without: str = "",
) -> Table:
    rows = [row for row in design.rows if row != without]
    body = [[Mark(row), *(Mark(cell(row, source)) for source in design.sources)] for row in rows]
    column = "" if design.column == design.panel.metric else f", {design.column}"
    title = f"{design.panel.named} {design.panel.when}{column}: {what} [{1 - level:.0%} interval]"
    words = caption(title, [_counted(design), *marks], [*_idle(design), *design.panel.counting])
    header = ["", first, *design.sources[1:]]
    return Table(words, header, body, label=f"{design.panel.metric}-variance-{label}")


def _of(design: Design, row: str, source: str, level: float) -> Component:
    return component(design.groups(row, source), 1 - level)


def _sum(design: Design, row: str, whole: Component) -> float:
    parts = [_of(design, row, source, 0.5).variance for source in design.sources[1:]]
    return sum(parts) / whole.variance if whole.variance else nan


def _counted(design: Design) -> str:
    """How many seeds there are of what."""
    whole = sorted({len(group) for row in design.rows for group in design.groups(row, ALL)})
    within = [group for row in design.rows for source in design.sources[1:] for group in design.groups(row, source)]
    points = sorted({len(design.groups(row, source)) for row in design.rows for source in design.sources[1:]})
    each = sorted(set(map(len, within)))
    return (
        f"{AT_ONCE}: n={_span(whole)} seeds; a source: all others are fixed, {_span(each)} seeds at each of "
        f"{_span(points)} points, pooled"
    )


def _span(numbers: Sequence[int]) -> str:
    """As few words as tell them: "4" or "3 to 4"."""
    return f"{numbers[0]}" if numbers[0] == numbers[-1] else f"{numbers[0]} to {numbers[-1]}"


def _idle(design: Design) -> Iterator[str]:
    """What was varied and changes nothing."""
    for source in design.sources[1:]:
        if idle := [row for row in design.rows if _of(design, row, source, 0.5).variance == 0]:
            yield f"nothing is drawn by {source} of {', '.join(idle)}"


def _ranged(its: Bounded, digits: int) -> str:
    """A number with its interval, the number alone where that has no width; "-" where it is not known."""
    if isnan(its.value):
        return "-"
    if its.low == its.high:
        return f"{its.value:.{digits}f}"
    return f"{its.value:.{digits}f} [{its.low:.{digits}f}, {its.high:.{digits}f}]"


def _percent(its: Bounded) -> str:
    return _ranged(Bounded(*(100 * each for each in its)), 0)
