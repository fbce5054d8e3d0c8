"""Where does the variance of results come from? `python -m runner.variance`: each source of chance by itself, and all.

    python -m runner.variance loss=ce,gce noise=0.4 sources=init,order,noise seeds=20
    python -m runner.variance loss=ce,gce noise=0.4 resample=bootstrap sources=init,order,noise,split --plan
    python -m runner.variance from=docs/results/data/variance.jsonl.gz        # from a packed file; trains nothing

Overrides are the runner's, and what they list is swept. A source is what one key pins: init_seed, order_seed,
augment_seed, split_seed or noise_seed (docs/protocols.md says what each draws). One source varies while all others are
fixed, at several points (points=5), for one point is one draw of all that is fixed; and all vary at once.
runner/comparison/variance/design.py has the design and what it estimates.

Every run is a seed of a cell, as of any command: the same command goes on from where it was, more seeds or points add
to what is there, and seeds of all at once are those of plain runs.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from runner.comparison.entry import RULES_OF_DIVERGED, WORST
from runner.comparison.panels import Layout
from runner.comparison.results import Result, pack, read
from runner.comparison.variance.design import STREAMS, runs
from runner.comparison.variance.found import Design, designs, failed
from runner.comparison.variance.tables import PAIRED, TABLES, tables
from runner.compose.command_line import compose_cells
from runner.compose.flags import key_of
from runner.compose.identity import digest
from runner.compose.options import OVERRIDES, flag, option, parse
from runner.compose.program import program
from runner.compose.schema import Positive, Threads
from runner.console.errors import ConfigError, writing
from runner.console.plain import wide_console
from runner.console.say import complain, say
from runner.console.table import Table
from runner.console.typeset import latex
from runner.replication.studies import carry_out, found
from runner.store.folders import writable_file, writable_folder
from runner.tasks.selection import RULES

TRAINED = ("sources", "seeds", "points", "train", "jobs", "keep")  # options that are about runs


@dataclass(frozen=True)
class Options:
    """What is varied, and how it is shown."""

    plan: bool = flag("what it would take, and nothing is trained", "--plan")
    sources: list[Annotated[str, Literal[STREAMS]]] | None = option(None, "what varies; by default init,order,noise")
    seeds: Positive = option(20, "of all at once, and of each source over all points")
    points: Positive = option(5, "at which all other sources are fixed")
    train: bool = option(True, "what the store lacks, which is left out otherwise")
    jobs: Literal["auto"] | Threads = option("auto", "cells trained at once")
    keep: Path | None = option(None, "a file that the results are packed into, of this metric alone")
    from_: Path | None = option(None, "such a file, of which tables are made without any store")
    metric: str = option("", "a number of a row, test/nll; by default the primary one of the task")
    at: Annotated[str, Literal[tuple(RULES)]] = option("last", "which row of a seed counts")
    where: str = option("", "conditions that results have to meet: dataset=digits,noise=0.2|0.6")
    baseline: str = option("", "the row that others are paired with; by default ce")
    diverged: Annotated[str, Literal[RULES_OF_DIVERGED]] = option(
        WORST, "a diverged seed counts as the worst value of its metric, or is left out, as every table says"
    )
    level: Annotated[float, "(0, 1)"] = option(0.05, "of intervals, which have 1 - level")
    show: list[Annotated[str, Literal[TABLES]]] | None = option(
        None, "tables: standard deviations, shares of the variance of all at once, what pairing by seed saves"
    )
    format: Annotated[str, Literal["terminal", "markdown", "latex"]] = option("terminal", "of the tables")
    pictures: Path | None = option(None, "a folder, for SVG, PDF and PNG")

    @property
    def layout(self) -> Layout:
        return Layout(self.metric, self.at, where=self.where, baseline=self.baseline, diverged=self.diverged)


def main(arguments: Sequence[str]) -> None:
    """Plan, train, and show. Exit status: 0 all is there, 1 seeds failed or lack, 2 wrongly asked, 130 interrupted."""
    options, overrides = parse(Options, arguments, OVERRIDES)
    _check(options, overrides, arguments)
    if options.from_ is not None:
        _show(designs(read(options.from_), options.layout), options)
        return
    try:
        results = _trained(options, overrides)
    except KeyboardInterrupt:
        complain("interrupted; finished seeds are kept, and the same command goes on from there")
        sys.exit(130)
    if options.plan:
        return
    its = designs(results, options.layout)
    if options.keep is not None:
        with writing(f"keep={options.keep}"):
            pack(results, options.keep, [its[0].panel.metric])
    _show(its, options)
    sys.exit(int(any(failed(its))))


def _check(options: Options, overrides: Sequence[str], arguments: Sequence[str]) -> None:
    """Raise ConfigError for words that do not go together, and for files that cannot be written."""
    keys = {key_of(word) for word in arguments}
    if options.from_ is not None and (
        others := [*overrides, *(key for key in TRAINED if key in keys)] + ["--plan"] * options.plan
    ):
        raise ConfigError(f"{' '.join(others)}: from={options.from_} shows what a file keeps, and trains nothing")
    if "seed" in {key_of(word) for word in overrides}:
        raise ConfigError("seed: a design has seeds of its own; seeds= says how many")
    if options.baseline and PAIRED not in (options.show or TABLES):
        shown = ",".join(options.show or ())
        raise ConfigError(f"baseline={options.baseline}: show={shown} goes without it; it is for show={PAIRED}")
    if options.keep is not None:
        writable_file("keep", options.keep)
    if options.pictures is not None:
        writable_folder("pictures", options.pictures)


def _trained(options: Options, overrides: Sequence[str]) -> list[Result]:
    """What the store has of the design, now that what it lacked is trained."""
    plain = compose_cells(overrides, multirun=True)
    for cell in plain:
        cell.check_trained("it draws one stream alone")
    if len(stores := sorted({cell.store for cell in plain})) > 1:
        raise ConfigError(f"store={','.join(stores)}: the runs of a design are in one store; must be one folder")
    every = runs(plain, options.sources or ["init", "order", "noise"], options.seeds, options.points)
    cells = list({(cell.store, digest(cell.identity)): cell for cell in every}.values())  # exec.* makes no other cell
    carry_out(cells, train=options.train, only_plan=options.plan, jobs=options.jobs)
    return [] if options.plan else [found(cell) for cell in cells]


def _show(its: Sequence[Design], options: Options) -> None:
    made = _tables(its, options)
    if options.format == "terminal":
        console = wide_console()
        for table in made:
            table.show(console)
    else:
        say(latex(made) if options.format == "latex" else "\n\n".join(each.markdown() for each in made), lines=True)
    if options.pictures is not None:
        with writing(f"pictures={options.pictures}"):
            _draw(its, options.pictures, options.level)


def _tables(its: Sequence[Design], options: Options) -> list[Table]:
    return [table for each in its for table in tables(each, options.show or TABLES, options.level)]


def _draw(its: Sequence[Design], folder: Path, level: float) -> None:
    from runner.comparison.publish import keep_pictures
    from runner.comparison.variance.picture import picture
    from runner.console.drawing import style

    with style():
        keep_pictures({str(number): {"variance": picture(each, level)} for number, each in enumerate(its)}, folder)


def markdown(arguments: Sequence[str]) -> str:
    """The tables of a packed file, from=. Raises ConfigError where it has no design."""
    options, _ = parse(Options, arguments)
    if options.from_ is None:
        raise ConfigError("runner.variance: from=FILE names what the tables are made of")
    return "\n\n".join(table.markdown() for table in _tables(designs(read(options.from_), options.layout), options))


if __name__ == "__main__":
    program(main, Options)
