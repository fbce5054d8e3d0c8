"""Published tables beside our own: `python -m runner.repro apl`; without a name, which there are and what they take.

    python -m runner.repro apl                                  at the scale of two cores
    python -m runner.repro apl scale=paper dataset=cifar10      the paper's own recipe, for a machine with a GPU

scale=laptop   smoke, laptop or paper
dataset=       another data set than the scale has; dataset.<key>= and noise_type.<key>= likewise
store=         where runs are kept: results/repro
train=true     false: from what is in the store alone
--plan         what it would take
keep=          a file that keeps what was measured; from= makes the table of such a file, without any store
jobs=auto      cells trained at once
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from math import isnan, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from runner.claims import alone, check_metrics, composed, found, parse, train
from runner.comparison.caption import caption
from runner.comparison.entry import Entry
from runner.comparison.stats import kendall
from runner.compose.cell_config import CellConfig
from runner.compose.command_line import quoted
from runner.console.errors import ConfigError, nearest, program, writing
from runner.console.listing import listed
from runner.console.plain import Plain, wide_console
from runner.console.say import note
from runner.console.table import Mark, Sheet
from runner.launch import plan
from runner.replication.changed import since
from runner.replication.claim import Place
from runner.replication.evidence import Evidence, evidence
from runner.replication.kept import TABLES, keep_tables, kept_tables
from runner.replication.published import Figure, Published, load, names
from runner.store.folders import writable_file
from runner.store.record import FINISHED
from runner.tasks.metric import DECLARED, Metric

DATA = ("dataset=", "dataset.", "noise_type.")
OPTIONS = ("scale", "store", "train", "keep", "from", "jobs")


def main(arguments: Sequence[str]) -> None:
    """Train what is lacking, and print both. Exit status as of runner.claims."""
    data = [argument for argument in arguments if argument.startswith(DATA)]
    rest = [argument for argument in arguments if argument not in data]
    options, flags, words = parse(rest, OPTIONS, flags=("--plan",))
    if options["from"] is not None:
        alone("from", arguments)
        _show(kept_tables(Path(options["from"])))
        return
    if not arguments:
        listed((name, *_described(load(name))) for name in names())
        return
    if not words:
        raise ConfigError(f"{' '.join(arguments)}: of which table? {nearest('', names())}")
    if options["keep"] is not None:
        writable_file("keep", options["keep"])
    cells = [(table, _cells(table, data, options)) for table in map(load, words)]  # all, before one is trained
    measured = [one for each in cells if (one := _measured(*each, data, options, flags))]
    if options["keep"] is not None and measured:
        with writing(f"keep={options['keep']}"):
            keep_tables(measured, Path(options["keep"]))
    _show(measured)
    sys.exit(int(any(state not in FINISHED for each in measured for state in each.others)))


def _described(table: Published) -> Iterator[str]:
    """What it is of, and what it takes at each scale."""
    yield table.about
    yield table.paper
    for name, scale in table.scales.items():
        yield f"scale={name}: {len(table.cells(name))} cells of {scale.seeds} seeds; {' '.join(scale.overrides)}"


def _cells(table: Published, data: Sequence[str], options: Mapping[str, Any]) -> dict[Place, CellConfig]:
    scale = options["scale"]
    if scale not in table.scales:
        raise ConfigError(f"scale={scale}: {table.name} has {nearest(scale, table.scales)}")
    check_metrics(table)
    _check_share(table, DECLARED[table.metric])
    own = [quoted("store", options["store"] or "results/repro"), "exec.wandb.mode=disabled"]
    try:
        return composed(table.name, table.cells(scale, data), own)
    except ConfigError as error:
        raise ConfigError(f"{error} (with {' '.join(data)})" if data else str(error)) from error


def _measured(
    table: Published,
    cells: Mapping[Place, CellConfig],
    data: Sequence[str],
    options: Mapping[str, Any],
    flags: set[str],
) -> Evidence[Published] | None:
    scale = options["scale"]
    planned = plan.plan(cells.values())
    if options["train"] and "--plan" not in flags:
        plan.check_stores(planned)
    if options["train"] or "--plan" in flags:
        plan.show(planned, Plain(stderr="--plan" not in flags))
    if "--plan" in flags:
        return None
    if options["train"]:
        train(planned, options["jobs"])
    return evidence(table.part(scale), scale, {place: found(cell) for place, cell in cells.items()}, universe=data)


def _check_share(table: Published, metric: Metric) -> None:
    if metric.scale != 100:
        raise ConfigError(f"{table.name}: published figures are in %, which {table.metric} is not ({metric.described})")


def _show(measured: Sequence[Evidence[Published]]) -> None:
    for each in measured:
        table = each.asked
        if any(each.values[table.metric].values()):
            sheet(each).show(wide_console())
        else:
            note(f"{table.name}: there is no seed at scale {each.scale} to put beside it")


def markdown(arguments: Sequence[str]) -> str:
    """The tables of a file of evidence, from=. Raises ConfigError where it is none."""
    options, _, _ = parse(arguments, ["from"], flags=())
    return "\n\n".join(sheet(each).markdown() for each in kept_tables(Path(options["from"] or "")))


def sheet(measured: Evidence[Published]) -> Sheet:
    """Published and ours, and, of the same recipe, how many standard errors apart; after each column, how well the
    orders agree."""
    table = measured.asked
    _check_share(table, measured.metrics[table.metric])
    same = measured.scale == "paper" and set(measured.universe) <= set(table.scales["paper"].overrides)
    seeds = {len(by_seed) for by_seed in measured.values[table.metric].values()}
    most = max(seeds)
    body: list[list[Mark]] = []
    agreements = {column: _agreement(measured, column) for column in table.columns}
    for column in table.columns:
        rows = [row for row in table.rows if (row, column) in table.figures]
        lines = [(column, row, *_entry(measured, row, column, most)) for row in rows]
        lines += [(column, "order", "", agreements[column], "")] if agreements[column] else []
        body += [[Mark(text) for text in (line if same else line[:-1])] for line in lines]
    header = ["", "", "published", "ours", *(["SE"] if same else [])]
    also = f" with {' '.join(measured.universe)}" if measured.universe else ""
    title = f"{table.about} (%; {table.paper}, {table.runs} runs), and ours at scale {measured.scale}{also}"
    fewer = ", n where fewer" * (len(seeds) > 1)
    marks = [f"ours: mean ± standard deviation of {most} seed{'s' * (most != 1)}{fewer}"]
    marks += ["SE: ours minus theirs, in standard errors of the difference"] * same
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
    return Sheet(caption(title, marks, said), header, body)


def _entry(measured: Evidence[Published], row: str, column: str, most: int) -> tuple[str, str, str]:
    table = measured.asked
    theirs = table.figures[row, column]
    published = f"{100 * theirs.mean:.2f}" + (f" ± {100 * theirs.sd:.2f}" if theirs.sd is not None else "")
    ours = measured.entry(table.metric, (row, column))
    shown = ours.text(100, 2, most).removesuffix(f" (n={most})")  # which the caption says
    return published, shown, _errors_apart(ours, theirs, table.runs)


def _errors_apart(ours: Entry, theirs: Figure, runs: int) -> str:
    """Our mean less theirs in standard errors; "-" where either scatter is not known, or there is none."""
    if ours.n < 2 or theirs.sd is None:
        return "-"
    error = sqrt(ours.sd**2 / ours.n + theirs.sd**2 / runs)
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


if __name__ == "__main__":
    program(main)
