"""Maps of features: `python -m runner.maps task=representation epochs=30 loss=vicreg ...`.

The command line is the runner's, as of a run with exec.keep_network=true, which keeps the network of each seed. For
each seed its network's features of the test examples are drawn as points of a plane, coloured by class, in
<store>/maps/<cell>/seed=<n>/: a picture, and the same numbers as CSV. Features are what comes before the last layer; of
a loss that compares embeddings they are the embeddings. Nothing is trained.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from runner.compose.cell_config import CellConfig
from runner.compose.command_line import compose_cells
from runner.compose.options import OVERRIDES, flag, option, parse
from runner.compose.program import program
from runner.console.say import say
from runner.store.store import Store


@dataclass(frozen=True)
class Options:
    """What can stand beside the runner's overrides."""

    multirun: bool = flag("a grid, as for the runner", "-m", "--multirun")
    map: Literal["pca", "tsne"] = option(
        "pca", "how features become points: their two principal components, or t-SNE, which keeps neighbours together"
    )
    examples: Annotated[int, "[2, 100000]"] = option(2000, "test examples at most, the same for every seed")


def main(arguments: Sequence[str]) -> None:
    """Draw the map of every seed that the arguments ask for, or none where one cannot be drawn."""
    options, overrides = parse(Options, arguments, OVERRIDES)
    cells = compose_cells(overrides, multirun=options.multirun)
    for cell in cells:
        cell.check_trained("there is no network to map")
    for root in {cell.store for cell in cells}:
        Store(root).check_writable()
    made = [(Store(cell.store), *each) for cell in cells for each in _maps(cell, options)]
    for store, place, files in made:
        say(f"{', '.join(files)} saved in {store.keep_files(place, files)}")


def _maps(cell: CellConfig, options: Options) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """(where in the store, {file name: contents}) of each seed."""
    from runner.data_card.feature_map import drawn, placed, table
    from runner.objective.stored_features import stored_features
    from runner.store.networks import kept_cell, stored_network

    store, stored = Store(cell.store), kept_cell(cell)
    for seed in cell.seeds:
        seen = stored_features(cell, stored, seed, partial(stored_network, store), options.examples)
        places, axes = placed(seen.features.numpy(), options.map)
        labels = seen.labels.tolist()
        files = {
            f"{options.map}.svg": drawn(f"{cell.title}, seed {seed}", places, axes, labels, seen.classes),
            f"{options.map}.csv": table(seen.place.tolist(), places, labels, seen.classes),
        }
        yield Path("maps", stored, f"seed={seed}"), files


if __name__ == "__main__":
    program(main, Options)
