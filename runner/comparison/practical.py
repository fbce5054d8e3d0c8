"""Every row against the baseline: is the difference large enough to matter?"""

from math import isnan

import numpy as np

from runner.comparison.caption import caption
from runner.comparison.compare import Comparison, against_baseline, gaps
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table
from runner.statistics.equivalence import equivalence_p
from runner.statistics.multiple import holm
from runner.statistics.practical.effect_interval import effect_interval
from runner.statistics.practical.share_interval import share_interval
from runner.statistics.practical.signed_rank import signed_rank_posterior
from runner.statistics.practical.stochastic_order import order_bound
from runner.statistics.values import Array

USUAL = {True: 1.0, False: 0.1}  # {is it of points?: half the width of a region of practical equivalence}


def practical(panel: Panel, level: float = 0.05, rope: float | None = None) -> Table:
    """Tests of equivalence within +-rope, effect sizes with intervals, and almost stochastic order.

    Args:
        rope: half the width of the region of practical equivalence, as shown: in points of a share. By default a
            point, and a tenth of other metrics.
    """
    shown = rope if rope is not None else USUAL[panel.scale == 100]
    found = against_baseline(panel, level)
    apart = [gaps(panel, each) for each in found]
    alike = holm([equivalence_p(x, shown / panel.scale) if x.size else np.nan for x in apart])
    body = []
    for each, x, p in zip(found, apart, alike, strict=True):
        names = [each.row, each.column if len(panel.columns) > 1 else ""]
        mean = _number(panel.scale * each.paired.mean, f"+.{panel.digits}f")
        cells = [*names, mean, _number(p, ".2g"), *_numbers(panel, each, x, shown / panel.scale, level)]
        body.append([Mark(cell) for cell in cells])
    points = "" if panel.scale != 100 else f" point{'s' * (shown != 1)}"
    title = f"{panel.named} {panel.when}, difference to {panel.baseline} under the same seed, of practical significance"
    made, sure = sum(not isnan(p) for p in alike), f"{1 - level:.0%}"
    marks = [
        f"alike: within {shown:g}{points}",
        f"p (alike): two one-sided sign-flip tests, Holm, corrected for {made} comparison{'s' * (made != 1)}",
        "P(worse), P(alike), P(better): Bayesian signed-rank test",
        f"d: mean / standard deviation of the differences, with {sure} interval of the noncentral t distribution",
        f"wins: share of seeds, with exact {sure} interval",
        "ASO: bound of the violation of stochastic order, 0 if better at every quantile; it describes, and is no test",
    ]
    header = ["", "", "difference", "p (alike)", "P(worse)", "P(alike)", "P(better)", "d", "wins", "ASO", "n"]
    words = caption(title, marks * bool(body), [*panel.counting, *notes(panel)])
    return Table(words, header, body, label=f"{panel.metric}-practical")


def _numbers(panel: Panel, each: Comparison, x: Array, rope: float, level: float) -> list[str]:
    """Three posterior probabilities, d, wins, the bound of almost stochastic order, and n."""
    its, way = each.paired, 1 if panel.declared.higher else -1
    d_low, d_high = effect_interval(its.effect, its.n, 1 - level)
    low, high = share_interval(each.wins, its.n, 1 - level)
    ours, theirs = (panel.entry(name, each.column).values for name in (each.row, each.other))
    common = sorted(ours.keys() & theirs.keys())
    a, b = ([way * values[seed] for seed in common] for values in (ours, theirs))
    bound = order_bound(a, b, 1 - level)
    return [
        *(_number(share, ".2f") for share in signed_rank_posterior(way * x, rope)),
        _number(its.effect, "+.2f") + ("" if isnan(d_low) else f" [{d_low:+.2f}, {d_high:+.2f}]"),
        _number(each.wins, ".0%") + ("" if isnan(low) else f" [{low:.0%}, {high:.0%}]"),
        _number(bound, ".2f"),
        str(its.n),
    ]


def _number(value: float, form: str) -> str:
    return "-" if isnan(value) else format(value, form)
