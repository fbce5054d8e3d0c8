"""Every row against the baseline: is the difference large enough to matter?"""

from collections.abc import Sequence

import numpy as np

from runner.comparison.caption import caption
from runner.comparison.compare import REPORT, Comparison, Family, families, gaps
from runner.comparison.notes.origins import notes
from runner.comparison.panels import Panel
from runner.console.table import Mark, Table, bounds, number
from runner.statistics.equivalence import equivalence_p
from runner.statistics.practical.effect_interval import effect_interval
from runner.statistics.practical.share_interval import share_interval
from runner.statistics.practical.signed_rank import signed_rank_posterior
from runner.statistics.practical.stochastic_order import order_bound
from runner.statistics.values import Array

USUAL = {True: 1.0, False: 0.1}  # {is it of points?: half the width of a region of practical equivalence}


def region(panel: Panel, rope: float | None) -> float:
    """Half the width of the region of practical equivalence; by default a point, and a tenth of other metrics.

    Args:
        rope: it as shown, in points of a share.
    """
    return (rope if rope is not None else USUAL[panel.scale == 100]) / panel.scale


def alike(panels: Sequence[Panel], level: float = 0.05, rope: float | None = None, over: str = REPORT) -> list[Family]:
    """Every other row against the baseline of its panel, with p of the test of equivalence; see `families`."""

    def p(panel: Panel, each: Comparison) -> float:
        x = gaps(panel, each)
        return equivalence_p(x, region(panel, rope)) if x.size else np.nan

    return families(panels, level, over, p)


def practical(panel: Panel, level: float = 0.05, rope: float | None = None, family: Family | None = None) -> Table:
    """Tests of equivalence within +-rope, effect sizes with intervals, and almost stochastic order.

    Args:
        rope: see `region`.
        family: of `alike`; by default over this panel.
    """
    family, half = family or alike([panel], level, rope)[0], region(panel, rope)
    body = []
    for each in family.comparisons:
        names = [each.row, each.column if len(panel.columns) > 1 else ""]
        mean = number(panel.scale * each.paired.mean, f"+.{panel.digits}f")
        rest = _numbers(panel, each, gaps(panel, each), half, level)
        body.append([Mark(cell) for cell in (*names, mean, number(each.holm, ".2g"), *rest)])
    title = f"{panel.named} {panel.when}, difference to {panel.baseline} under the same seed, of practical significance"
    sure = f"{1 - level:.0%}"
    marks = [
        f"alike: within {panel.size(half)}",
        f"p (alike): two one-sided sign-flip tests, Holm, corrected for {family.named}",
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
    ours, theirs = (panel.entry(name, each.column).values for name in (each.row, each.other))
    common = sorted(ours.keys() & theirs.keys())
    a, b = ([way * values[seed] for seed in common] for values in (ours, theirs))
    effect = bounds(*effect_interval(its.effect, its.n, 1 - level), "+.2f")
    wins = bounds(*share_interval(each.wins, its.n, 1 - level), ".0%")
    return [
        *(number(share, ".2f") for share in signed_rank_posterior(way * x, rope)),
        f"{number(its.effect, '+.2f')} {effect}".rstrip(),
        f"{number(each.wins, '.0%')} {wins}".rstrip(),
        number(order_bound(a, b, 1 - level), ".2f"),
        str(its.n),
    ]
