"""Published tables beside our own: `python -m runner.repro apl`; without a name, which there are.

    python -m runner.repro apl                                  at the scale of two cores
    python -m runner.repro apl scale=paper dataset=cifar10      the paper's own recipe, for a machine with a GPU

scale=laptop   smoke, laptop or paper
dataset=       another data set than the scale has
store=         where runs are kept: results/repro
train=         false: from what is in the store alone
--plan         what it would take
keep=          a file that keeps what was measured; from= makes the table of such a file, without any store
jobs=auto      cells trained at once
"""

import sys
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from rich.console import Console

from runner import plan
from runner.claims import composed, found, parse, train
from runner.comparison.sheet import Mark, Sheet, wide_console
from runner.comparison.stats import kendall
from runner.errors import ConfigError, nearest, program, writing
from runner.evidence import Evidence, evidence, keep, kept
from runner.published import Published, load, names
from runner.store import FINISHED

OPTIONS = ("scale", "store", "train", "keep", "from", "jobs")


def main(arguments: Sequence[str]) -> None:
    """Train what is lacking, and print both. Exit status as of runner.claims."""
    dataset = [argument for argument in arguments if argument.startswith("dataset=")]
    rest = [argument for argument in arguments if argument not in dataset]
    options, flags, words = parse(rest, OPTIONS, flags=("--plan",))
    if not words and options["from"] is None:
        for name in names():
            print(f"{name:20} {load(name).about} ({load(name).paper})")
        return
    if options["from"] is not None:
        _show(kept(Path(options["from"])))
        return
    measured = [one for name in words if (one := _measured(load(name), dataset, options, flags))]
    if options["keep"] is not None and measured:
        with writing(f"keep={options['keep']}"):
            keep(measured, Path(options["keep"]))
    if measured:
        _show(measured)
    sys.exit(int(any(state not in FINISHED for each in measured for state in each.others)))


def _measured(table: Published, dataset: Sequence[str], options: Mapping[str, Any], flags: set[str]) -> Evidence | None:
    scale = options["scale"]
    if scale not in table.scales:
        raise ConfigError(f"scale={scale}: {table.name} has {nearest(scale, table.scales)}")
    store = options["store"] or "results/repro"
    own = [f"store={store}", "exec.wandb.mode=disabled"]
    cells = composed(table.name, table.cells(scale, dataset), own)
    planned = plan.plan(cells.values())
    if options["train"] or "--plan" in flags:
        plan.show(planned, Console(stderr="--plan" not in flags))
    if "--plan" in flags:
        return None
    if options["train"]:
        train(planned, options["jobs"])
    return evidence(table, scale, {place: found(cell) for place, cell in cells.items()}, universe=dataset)


def _show(measured: Sequence[Evidence]) -> None:
    for each in measured:
        sheet(load(each.claim), each).show(wide_console())


def markdown(arguments: Sequence[str]) -> str:
    """The tables of a file of evidence, from=. Raises ConfigError where it is none."""
    options, _, _ = parse(arguments, ["from"], flags=())
    return "\n\n".join(sheet(load(each.claim), each).markdown() for each in kept(Path(options["from"] or "")))


def sheet(table: Published, measured: Evidence) -> Sheet:
    """Published, ours, and how many standard errors apart; after each column, how well the orders agree."""
    body: list[list[Mark]] = []
    agreements = {column: _agreement(table, measured, column) for column in table.columns}
    for column in table.columns:
        rows = [row for row in table.rows if (row, column) in table.figures]
        body += [[Mark(text) for text in (column, row, *_entry(table, measured, row, column))] for row in rows]
        if agreements[column]:
            body.append([Mark(text) for text in (column, "order", "", agreements[column], "")])
    header = ["", "", "published", "ours", "SE"]
    also = f" with {' '.join(measured.universe)}" if measured.universe else ""
    seeds = {len(by_seed) for by_seed in measured.values[table.metric].values()}
    said = [
        f"{table.about} ({table.paper}, {table.runs} runs) in %, and ours at scale {measured.scale}{also}",
        f"mean ± sample standard deviation of {' to '.join(str(n) for n in sorted({min(seeds), max(seeds)}))} seeds",
        "SE: ours less theirs, in standard errors of the difference",
    ]
    if any(agreements.values()):
        said.append("order: Kendall's tau of our means and theirs, with p")
    if measured.scale != "paper":
        said.append("another recipe than the paper's: orders may be compared, values not")
    return Sheet("; ".join(said) + ".", header, body)


def _entry(table: Published, measured: Evidence, row: str, column: str) -> list[str]:
    theirs = table.figures[row, column]
    published = f"{100 * theirs.mean:.2f}" + (f" ± {100 * theirs.sd:.2f}" if theirs.sd is not None else "")
    values = list(measured.values[table.metric].get((row, column), {}).values())
    if not values:
        return [published, "-", "-"]
    ours = f"{100 * mean(values):.2f}" + (f" ± {100 * stdev(values):.2f}" if len(values) > 1 else "")
    if len(values) < 2:
        return [published, ours, "-"]
    error = sqrt(stdev(values) ** 2 / len(values) + (theirs.sd or 0.0) ** 2 / table.runs)
    return [published, ours, f"{(mean(values) - theirs.mean) / error:+.1f}" if error else "-"]


def _agreement(table: Published, measured: Evidence, column: str) -> str:
    """In words; nothing for fewer than three rows, which have no order to speak of."""
    values = measured.values[table.metric]
    rows = [row for row in table.rows if (row, column) in table.figures and values.get((row, column))]
    if len(rows) < 3:
        return ""
    seeds = sorted(set.intersection(*(set(values[row, column]) for row in rows)))
    ours = np.array([[values[row, column][seed] for row in rows] for seed in seeds]).reshape(len(seeds), len(rows))
    agreement = kendall(ours, np.array([table.figures[row, column].mean for row in rows]))
    return f"tau {agreement.tau:+.2f} (p {agreement.p:.2g})"


if __name__ == "__main__":
    program(main)
