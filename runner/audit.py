"""What seeds would be trained on, without training: `python -m runner.audit dataset=cifar10 noise=0.4 ...`.

The command line is the runner's, `python -m runner --help`. For each seed a table is printed, and
<store>/audits/<hash>/seed=<n>/ gets the record that a training run keeps in the seed's provenance; card.md, which says
what is in the data: sizes, columns, equal inputs, labels that are probably wrong; and pictures: transition matrix,
class sizes, examples of each class, flipped examples; of numbers their histograms, of several labels how often each is
there, and with which others.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.compose.cell_config import CellConfig
from runner.compose.command_line import compose_cells
from runner.compose.identity import digest
from runner.compose.options import OVERRIDES, flag, parse
from runner.compose.program import program
from runner.console.escape import nested, terminal
from runner.console.plain import Plain
from runner.console.say import note
from runner.store.store import Store, audit_folder

if TYPE_CHECKING:
    from runner.data.protocol import Prepared


@dataclass(frozen=True)
class Options:
    """What can stand beside the runner's overrides."""

    multirun: bool = flag("a grid, as for the runner", "-m", "--multirun")
    quick: bool = flag(
        "without what a baseline would have to be trained for: labels that are probably wrong, and columns that alone "
        "tell the class",
        "--quick",
    )


def main(arguments: Sequence[str]) -> None:
    """Audit every cell that the arguments ask for."""
    options, overrides = parse(Options, arguments, OVERRIDES)
    cells = compose_cells(overrides, multirun=options.multirun)
    for cell in cells:
        cell.check_trained("there are no data to audit")
    for store in {cell.store for cell in cells}:
        Store(store).check_writable()
    for cell in {digest(cell.data_identity): cell for cell in cells}.values():
        _audit(cell, quick=options.quick)


def _audit(cell: CellConfig, *, quick: bool) -> None:
    """Its seeds together, but for those that have examples of their own."""
    from runner.data.prepare import own_split

    for some in [[seed] for seed in cell.seeds] if own_split(cell.data) else [cell.seeds]:
        _audit_seeds(cell, some, quick=quick)


def _audit_seeds(cell: CellConfig, seeds: Sequence[int], *, quick: bool) -> None:
    from runner.data.prepare import prepare
    from runner.data.protocol import audited
    from runner.data_card.card import data_card, summary
    from runner.data_card.duplicates import duplicates
    from runner.data_card.findings import findings
    from runner.data_card.kinds import shown
    from runner.data_card.overview import hashes, overview

    prepared, data_hash = prepare(cell.data, seeds, cell.exec)
    console = Plain()
    for line in prepared.read:
        console.print(terminal(line), soft_wrap=True)
    equal = duplicates(prepared.split)
    for i, seed in enumerate(seeds):
        record = {"data_sha256": data_hash, "read": list(prepared.read), **audited(prepared, i)}
        title, found = f"{cell.title}, seed {seed}", findings(prepared, i, equal, quick=quick)
        kept = json.dumps({"question": cell.data_identity, "seed": seed, **record}, indent=1)
        pictures = _pictures(prepared, i)
        files = {"audit.json": kept, **pictures, **data_card(title, prepared, i, record, found, pictures)}
        folder = Store(cell.store).keep_files(audit_folder(cell.data_identity, seed), files)
        targets = shown(prepared, i)
        console.print(overview(title, targets.overview(cell.data.noise, record)))
        lines = [*targets.notes(record), hashes(record), *summary(found)]
        console.print("\n".join(nested(lines)), soft_wrap=True)
        console.print(f"saved in {folder}\n", soft_wrap=True)


def _pictures(prepared: "Prepared", seed_place: int) -> dict[str, str | bytes]:
    try:
        from runner.data_card.pictures import pictures
    except ModuleNotFoundError:
        note("no pictures without matplotlib: .venv/bin/pip install -e .")
        return {}
    return pictures(prepared, seed_place)


if __name__ == "__main__":
    program(main, Options)
