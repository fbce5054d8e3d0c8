"""Published tables beside our own: `python -m runner.repro apl`; without a name, list the tables and their costs.

    python -m runner.repro apl                                  at the scale of two cores
    python -m runner.repro apl scale=paper dataset=cifar10      the paper's own recipe, for a machine with a GPU

dataset= takes another data set than the scale has; dataset.<key>= and noise_type.<key>= likewise.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.compose.options import NAMES, Others, alone, flag, option, parse
from runner.compose.program import program
from runner.compose.schema import Threads
from runner.console.errors import ConfigError, nearest, writing
from runner.console.listing import listed
from runner.console.plain import wide_console
from runner.console.say import note
from runner.replication import side_by_side
from runner.replication.evidence import Evidence
from runner.replication.kept import KeptFile, keep_tables, kept_tables
from runner.replication.published import Published, load, names
from runner.replication.reproduction import reproduction
from runner.replication.studies import carry_out
from runner.store.folders import writable_file
from runner.store.record import FINISHED

DATA = ("dataset=", "dataset.", "noise_type.")
WORDS = Others(
    "names of tables, dataset=, dataset.<key>= and noise_type.<key>=", lambda w: NAMES.taken(w) or w.startswith(DATA)
)


@dataclass(frozen=True)
class Options:
    """How published tables are made again."""

    plan: bool = flag("what it would take, and nothing is trained", "--plan")
    scale: str = option("laptop", "smoke, laptop or paper")
    store: str = option("results/repro", "where runs are kept")
    train: bool = option(True, "what the store lacks, which is left out otherwise")
    keep: Path | None = option(None, "a file that keeps what was measured")
    from_: Path | None = option(None, "such a file, of which the table is made without any store")
    jobs: Literal["auto"] | Threads = option("auto", "cells trained at once")


def main(arguments: Sequence[str]) -> None:
    """Train what is lacking, and print both. Exit status as of runner.claims."""
    options, words = parse(Options, arguments, WORDS)
    if options.from_ is not None:
        alone("from", arguments)
        _show(kept_tables(options.from_))
        return
    if not arguments:
        listed((name, *load(name).described) for name in names())
        return
    data = [word for word in words if word.startswith(DATA)]
    if len(data) == len(words):
        raise ConfigError(f"{' '.join(arguments)}: of which table? {nearest('', names())}")
    if options.keep is not None:
        writable_file("keep", options.keep)
    tables = [load(word) for word in words if word not in data]
    asked = [reproduction(table, options.scale, data, options.store) for table in tables]  # all, before one is trained
    measured = []
    for each in asked:
        carry_out(each.cells.values(), train=options.train, only_plan=options.plan, jobs=options.jobs)
        if not options.plan:
            measured.append(each.measured())
    if options.keep is not None and measured:
        with writing(f"keep={options.keep}"):
            keep_tables(measured, options.keep)
    _show(measured)
    sys.exit(int(any(state not in FINISHED for each in measured for state in each.others)))


def _show(measured: Sequence[Evidence[Published]]) -> None:
    for each in measured:
        table = each.asked
        if any(each.values[table.metric].values()):
            side_by_side.table(each).show(wide_console())
        else:
            note(f"{table.name}: there is no seed at scale {each.scale} to put beside it")


def markdown(arguments: Sequence[str]) -> str:
    """The tables of a file of evidence, from=. Raises ConfigError where it is none."""
    return "\n\n".join(side_by_side.table(each).markdown() for each in kept_tables(parse(KeptFile, arguments)[0].from_))


if __name__ == "__main__":
    program(main, Options)
