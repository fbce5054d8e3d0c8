"""A published table beside what was measured of it here."""

from math import isnan, sqrt

import numpy as np

from runner.comparison.caption import caption
from runner.comparison.entry import Entry
from runner.console.errors import ConfigError
from runner.console.table import Mark, Table
from runner.replication.changed import since
from runner.replication.evidence import Evidence
from runner.replication.kept import TABLES
from runner.replication.published import SPREADS, Figure, Published
from runner.statistics.orders import kendall
from runner.tasks.metric import Metric


def check_share(table: Published, metric: Metric) -> None:
    """Raise ConfigError for a metric that no published figure is of."""
    if metric.scale != 100:
        raise ConfigError(f"{table.name}: published figures are in %, which {table.metric} is not ({metric.described})")


def table(measured: Evidence[Published]) -> Table:
    """Published and ours, and, of the same recipe, how many standard errors apart; after each column, how well the
    orders agree."""
    published = measured.asked
    check_share(published, measured.metrics[published.metric])
    same = measured.scale == "paper" and set(measured.universe) <= set(published.scales["paper"].overrides)
    seeds = {len(by_seed) for by_seed in measured.values[published.metric].values()}
    most = max(seeds)
    body: list[list[Mark]] = []
    agreements = {column: _agreement(measured, column) for column in published.columns}
    for column in published.columns:
        rows = [row for row in published.rows if (row, column) in published.figures]
        lines = [(column, row, *_entry(measured, row, column, most)) for row in rows]
        lines += [(column, "order", "", agreements[column], "")] if agreements[column] else []
        body += [[Mark(text) for text in (line if same else line[:-1])] for line in lines]
    header = ["", "", "published", "ours", *(["SE"] if same else [])]
    also = f" with {' '.join(measured.universe)}" if measured.universe else ""
    title = f"{published.about} (%; {published.paper}, {published.runs} runs), and ours at scale {measured.scale}{also}"
    fewer = ", n where fewer" * (len(seeds) > 1)
    marks = [f"ours: mean ± standard deviation of {most} seed{'s' * (most != 1)}{fewer}"]
    if kinds := {figure.kind for figure in published.figures.values() if figure.spread is not None}:
        words = " or ".join(text for kind, text in SPREADS.items() if kind in kinds)
        marks.insert(0, f"published: mean ± {words}")
    marks += ["SE: ours minus theirs, in standard errors of the difference, where both are known"] * same
    marks += ["order: Kendall's tau of our means and theirs, with p"] * any(agreements.values())
    said = []
    if lost := measured.others.get("diverged"):
        said.append(f"{lost} seed{'s' * (lost != 1)} diverged, each of which counts as the worst value")
    if left := {state: n for state, n in sorted(measured.others.items()) if state != "diverged"}:
        said.append(f"not among these seeds: {', '.join(f'{n} {state}' for state, n in left.items())}")
    if not same:
        said.append("another recipe than the paper's: orders may be compared, values not")
    unknown = ["whether all was trained with the same code was not kept"]
    said += unknown if measured.origins is None else measured.origins
    if changed := since(TABLES, measured):
        said.append(changed)
    return Table(caption(title, marks, said), header, body)


def _entry(measured: Evidence[Published], row: str, column: str, most: int) -> tuple[str, str, str]:
    table = measured.asked
    theirs = table.figures[row, column]
    published = f"{100 * theirs.mean:.2f}" + (f" ± {100 * theirs.spread:.2f}" if theirs.spread is not None else "")
    ours = measured.entry(table.metric, (row, column))
    shown = ours.text(100, 2, most).removesuffix(f" (n={most})")  # which the caption says
    return published, shown, _errors_apart(ours, theirs, table.runs)


def _errors_apart(ours: Entry, theirs: Figure, runs: int) -> str:
    """Our mean less theirs in standard errors; "-" where that of either is not known, or there is none."""
    own = theirs.error(runs)
    if ours.n < 2 or own is None:
        return "-"
    error = sqrt(ours.sd**2 / ours.n + own**2)
    return f"{(ours.mean - theirs.mean) / error:+.1f}" if error else "-"


def _agreement(measured: Evidence[Published], column: str) -> str:
    """In words; nothing for fewer than three rows, which have no order to speak of."""
    table = measured.asked
    values = measured.values[table.metric]
    asked = [row for row in table.rows if (row, column) in table.figures]
    rows = [row for row in asked if values.get((row, column))]
    if len(asked) < 3:
        return ""
    if len(rows) < 3:
        return f"none, of {len(rows)} of {len(asked)} rows"
    seeds = sorted(set.intersection(*(set(values[row, column]) for row in rows)))
    ours = np.array([[values[row, column][seed] for row in rows] for seed in seeds]).reshape(len(seeds), len(rows))
    agreement = kendall(ours, np.array([table.figures[row, column].mean for row in rows]))
    if isnan(agreement.tau):
        return "no seed in common" if not seeds else "none, all tie"
    few = f"n={len(seeds)}" * any(len(values[row, column]) > len(seeds) for row in rows)
    part = f"{len(rows)} of {len(asked)} rows" * (len(rows) < len(asked))
    return f"tau {agreement.tau:+.2f} ({', '.join(filter(None, (f'p {agreement.p:.2g}', few, part)))})"
