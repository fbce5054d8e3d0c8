"""The tables of a report: those that are asked for, or else what is useful of each panel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from runner.comparison.beyond_means.aggregates import aggregates
from runner.comparison.beyond_means.hierarchical import hierarchical
from runner.comparison.beyond_means.improvement import improvements
from runner.comparison.beyond_means.practical import alike, practical
from runner.comparison.beyond_means.robust import robust
from runner.comparison.compare import REPORT, Family, families
from runner.comparison.datasets.averages import averages
from runner.comparison.datasets.ranking import ranking
from runner.comparison.followed import TABLES
from runner.comparison.multiverse.tables import multiverse, sensitivity
from runner.comparison.notes.footing import lines, tunings
from runner.comparison.panels import Panel
from runner.comparison.tables import differences, distances, means, ranks, rules, seeds
from runner.console.plain import Plain
from runner.console.table import Table

NAMES = tuple(TABLES)
USUAL = (
    "means",
    "differences",
    "datasets",
    "ranks",
    "distance",
    "tuning",
)  # of which a terminal has those that are useful
PRINTED = ("means",)  # where none are asked for, as Markdown and LaTeX
LINES = 40  # comparisons, up to which they are shown unasked


@dataclass(frozen=True)
class Asked:
    """How tables are made.

    Attributes:
        level: of tests and intervals.
        detect: the difference that "n for" is about.
        rope: half the width of the region of practical equivalence, as shown.
        took: with the columns of what training took?
        gamma: what is good enough, as shown.
        correlation: of two seeds of a data set.
        family: one of FAMILIES of runner/comparison/compare.py.
    """

    level: float = 0.05
    detect: float | None = None
    took: bool = True
    family: str = REPORT
    rope: float | None = None
    correlation: float = 0.0
    gamma: float | None = None


def tables(found: Sequence[Panel], names: Sequence[str], asked: Asked) -> list[Table]:
    """The tables, of NAMES, of some panels; their comparisons are one report's."""
    compared = _families(found, names, asked)
    return [_table(name, panel, its, asked) for panel, its in zip(found, compared, strict=True) for name in names]


def _families(found: Sequence[Panel], names: Sequence[str] | None, asked: Asked) -> Sequence[Mapping[str, Family]]:
    """{table: its comparisons} of each panel, of those tables that have any: they take a test each."""
    made: dict[str, Sequence[Family]] = {}
    if names is None or {"differences", "seeds"} & set(names):
        made |= dict.fromkeys(("differences", "seeds"), families(found, asked.level, asked.family))
    if "practical" in (names or ()):
        made["practical"] = alike(found, asked.level, asked.rope, asked.family)
    return [{name: its[place] for name, its in made.items()} for place in range(len(found))]


def _table(name: str, panel: Panel, compared: Mapping[str, Family], asked: Asked) -> Table:
    level, detect, family = asked.level, asked.detect, compared.get(name)
    made: Mapping[str, Callable[[Panel], Table]] = {
        "means": partial(means, level=level, took=asked.took),
        "differences": partial(differences, level=level, detect=detect, family=family),
        "datasets": partial(averages, level=level),
        "ranks": partial(ranks, level=level),
        "rules": rules,
        "tuning": lambda panel: lines(tunings(panel), panel.heading),
        "seeds": partial(seeds, level=level, detect=detect, family=family),
        "distance": distances,
        "multiverse": partial(multiverse, level=level),
        "sensitivity": partial(sensitivity, level=level),
        "robust": partial(robust, level=level),
        "aggregates": partial(aggregates, level=level, gamma=asked.gamma),
        "improvement": partial(improvements, level=level),
        "hierarchical": partial(hierarchical, rope=asked.rope, correlation=asked.correlation),
        "practical": partial(practical, level=level, rope=asked.rope, family=family),
    }
    return made[name](panel)


def show(found: Sequence[Panel], names: Sequence[str] | None, console: Plain, asked: Asked) -> None:
    """The same in a terminal. Where `names` is None, what is useful of each panel."""
    for panel, compared in zip(found, _families(found, names, asked), strict=True):
        for name in names or useful(panel, console):
            table = _table(name, panel, compared, asked)
            if table.body:
                table.show(console)
            else:
                console.print(f"no table: {table.caption}")


def useful(panel: Panel, console: Plain) -> list[str]:
    """What a panel is shown by where nothing was asked for; why it is not more is said."""
    compared = (len(panel.rows) - 1) * len(panel.columns)
    found = ["means"]
    if not compared:
        console.print("there is one row, and nothing to compare it with")
    elif panel.most < 2 and panel.over != "examples":
        console.print("no test can tell a difference from chance with less than two seeds")
    elif compared <= LINES:
        found.append("differences")
    else:
        console.print(f"show=differences compares each row with {panel.baseline}, in {compared} lines")
    order = ranking(panel)
    if len(order.sets) > 1:
        found.append("datasets")
    if order.telling:
        found.append("ranks")
    if any(panel.optimum(column) is not None for column in panel.columns):
        found.append("distance")
    if any(tunings(panel).values()):
        found.append("tuning")
    return found
