"""Barriers between networks of two seeds: `python -m runner.barriers seeds=10 epochs=60 ...`.

    python -m runner seeds=10 exec.keep_network=true                 # keeps the network of each seed
    python -m runner.barriers seeds=10                               # what lies between each two of them
    python -m runner.barriers seeds=10 model.depth=3 shallow=model.depth=1    # or of one seed's of unequal depth
    python -m runner.barriers from=docs/results/data/barriers.jsonl  # of pairs that keep= wrote

The command line is the runner's, as of a run with exec.keep_network=true. Loss and accuracy on test examples are
measured along the straight line between the networks of each pair of seeds, as they are and once units are matched by
their weights (Git Re-Basin, Ainsworth et al., ICLR 2023); of networks of unequal depth once the shallow one has layers
that pass on what they get (CLAFusion, Nguyen et al., ICASSP 2023). Pairs and a picture are saved in
<store>/barriers/<cell>/. Nothing is trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import split
from typing import TYPE_CHECKING, Annotated

from runner.compose.cell_config import CellConfig, unless_said
from runner.compose.command_line import compose_cells
from runner.compose.options import OVERRIDES, flag, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError, writing
from runner.console.plain import wide_console
from runner.console.say import say
from runner.store.files import save
from runner.store.folders import writable_file
from runner.store.store import Store

if TYPE_CHECKING:
    from runner.merging.pairs import Pair


@dataclass(frozen=True)
class Options:
    """What can stand beside the runner's overrides."""

    multirun: bool = flag("a grid, as for the runner", "-m", "--multirun")
    points: Annotated[int, "[3, 1001]"] = option(11, "on the line between two networks, both of them included")
    examples: Annotated[int, "[2, 1000000]"] = option(10_000, "test examples at most, the same for every seed")
    shallow: str | None = option(
        None,
        "what the command of networks of fewer layers says otherwise, to go with those of the same seeds",
    )
    keep: Path | None = option(None, "a file that the pairs of all cells are written to")
    from_: Path | None = option(None, "such a file, of which the table is made without any store")
    picture: Path | None = option(None, "a file for the lines of all cells, as SVG")


def main(arguments: Sequence[str]) -> None:
    """Measure, save and print every pair of seeds that the arguments ask for, or none where one cannot be."""
    options, overrides = parse(Options, arguments, OVERRIDES)
    for name in ("keep", "picture"):
        if (file := getattr(options, name)) is not None:
            writable_file(name, file)
    if options.from_ is None:
        cells = compose_cells(overrides, multirun=options.multirun)
        for cell in cells:
            cell.check_trained("no network lies between two others")
        pairs = _measured(cells, options)
    elif overrides or options.keep or options.multirun:
        raise ConfigError(f"{' '.join(arguments)}: from= goes alone or with picture=; it shows what a file keeps")
    else:
        pairs = _read(options.from_)
    from runner.merging.table import table

    if options.picture is not None:
        with writing(f"picture={options.picture}"):
            save(options.picture, _drawn(pairs))
    table(pairs).show(wide_console())


def markdown(arguments: Sequence[str]) -> str:
    """The table of a file of pairs, from=. Raises ConfigError where there is none."""
    from runner.merging.table import table

    options, _ = parse(Options, arguments)
    if options.from_ is None:
        raise ConfigError("runner.barriers: from=FILE names what the table is made of")
    return table(_read(options.from_)).markdown()


def _read(file: Path) -> "list[Pair]":
    from runner.merging.pairs import read_pairs

    return read_pairs(file)


def _measured(cells: Sequence[CellConfig], options: Options) -> "list[Pair]":
    """All pairs of all cells, and what was saved of them said."""
    for root in {cell.store for cell in cells}:
        Store(root).check_writable()
    its = [_pairs(cell, options) for cell in cells]
    for cell, pairs in zip(cells, its, strict=True):
        _save(cell, pairs, options.shallow)
    found = [pair for pairs in its for pair in pairs]
    if options.keep is not None:
        from runner.merging.pairs import lines

        with writing(f"keep={options.keep}"):
            save(options.keep, lines(found))
    return found


def _pairs(cell: CellConfig, options: Options) -> "list[Pair]":
    from runner.merging.stored import fused_pairs, stored_pairs
    from runner.store.networks import kept_cell, stored_network

    name, *shallow = (kept_cell(each) for each in (cell, *_shallow(cell, options.shallow)))
    how = partial(stored_network, Store(cell.store)), options.examples, options.points
    if not shallow:
        return list(stored_pairs(cell, name, *how))
    try:
        return list(fused_pairs(cell, (name, shallow[0]), *how))
    except ValueError as error:
        raise ConfigError(f"shallow={options.shallow}: {error}") from error


def _shallow(cell: CellConfig, said: str | None) -> list[CellConfig]:
    """The cell of the command that says this otherwise; none where nothing is said. ConfigError: it cannot be."""
    if said is None:
        return []
    try:
        words = split(said)
        return compose_cells([*unless_said(cell.overrides, words), *words], multirun=False)
    except (ValueError, ConfigError) as error:
        raise ConfigError(f"shallow={said}: {error}") from error


def _save(cell: CellConfig, pairs: "Sequence[Pair]", shallow: str | None) -> None:
    from runner.merging.pairs import lines
    from runner.store.networks import kept_cell

    store = Store(cell.store)
    names = [kept_cell(each) for each in (cell, *_shallow(cell, shallow))]
    place = Path("barriers", names[0], *(f"shallow={name}" for name in names[1:]))
    files = {"line.svg": _drawn(pairs), "pairs.jsonl": lines(pairs)}
    say(f"{', '.join(files)} saved in {store.keep_files(place, files)}")


def _drawn(pairs: "Sequence[Pair]") -> str:
    from runner.console.drawing import style, svg
    from runner.merging.table import picture

    with style():
        return svg(picture(pairs))


if __name__ == "__main__":
    program(main, Options)
