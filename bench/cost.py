"""What a large grid costs on GPUs, from what `bench parts` has measured: `python -m bench.cost epoch=SECONDS`.

The seconds of an epoch are a card's, and have to be said; `python -m bench gpu` measures them. docs/scaling.md holds
such a command, and below it what it gives: `python -m bench` makes it anew.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass
from math import ceil
from pathlib import Path
from shlex import split
from typing import Annotated, NamedTuple

from bench import parts
from bench.measure import markdown
from runner.compose.options import option, parse
from runner.compose.program import program
from runner.console.say import say
from runner.nodes.signature import check, value_of
from runner.store.lease import BEAT

DOCS = Path(__file__).parents[1] / "docs"
STORED, PAGE = DOCS / "results" / "data" / "bench.json", DOCS / "scaling.md"
MARKED = re.compile(r"(<!-- python -m bench\.cost (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)
CHECKPOINTS = 9  # of a cell: exec.checkpoint_every=auto keeps one after each tenth of its epochs, but the last,
PAUSE = 5.0  # and these seconds after the one before


@dataclass(frozen=True)
class Options:
    """What can be said."""

    epoch: Annotated[float, "(0, inf)"] = option(MISSING, "seconds of an epoch of all seeds of a cell, on one GPU")
    cells: Annotated[int, "[1, inf)"] = option(1000, "of the grid")
    seeds: Annotated[int, "[1, inf)"] = option(10, "of each cell, in one stack")
    epochs: Annotated[int, "[1, inf)"] = option(120, "of each seed, each of which is evaluated")
    parameters: Annotated[int, "[1, inf)"] = option(21_282_122, "of the network; by default ResNet-34's for CIFAR-10")
    gpus: list[str] = option(("1", "8", "64"), "how many, with commas between them")


class Grid(NamedTuple):
    """The grid on some number of GPUs, each of which trains one cell after another, in a process of its own each.

    Attributes:
        training: seconds of epochs, on the wall.
        starting: seconds of what processes do beside, on the wall.
        calls: operations on the store, of all.
        rereading: further ones, if every GPU has a command of its own that goes over the whole grid.
        written: bytes of checkpoints, of all.
    """

    training: float
    starting: float
    calls: float
    rereading: float
    written: float

    @property
    def wall(self) -> float:
        return self.training + self.starting


def forecast(asked: Options, of: Mapping[str, float], gpus: int) -> Grid:
    """What `asked` takes on so many GPUs, `of` the measured parts."""
    turns, further = ceil(asked.cells / gpus), asked.seeds - 1
    training, starting = turns * asked.epochs * asked.epoch, turns * of[parts.START]
    kept = min(CHECKPOINTS, asked.epochs - 1, int(asked.epochs * asked.epoch / PAUSE))
    cell = of[parts.CELL_CALLS] + further * of[parts.SEED_CALLS] + kept * of[parts.CHECKPOINT_CALLS]
    rows = asked.seeds * asked.epochs * of[parts.ROW_CALLS]
    beats = (training + starting) / BEAT * of[parts.BEAT_CALLS] * gpus
    done = of[parts.CELL_DONE_CALLS] + further * of[parts.SEED_DONE_CALLS]
    written = asked.cells * kept * asked.seeds * asked.parameters * of[parts.CHECKPOINT_SIZE]
    calls = asked.cells * (cell + rows) + beats
    return Grid(training, starting, calls, (gpus - 1) * asked.cells * done, written)


def table(asked: Options, of: Mapping[str, float]) -> str:
    """A column for each number of GPUs, and a sentence about what breaks first."""
    counts = [check("gpus", value_of(n), Annotated[int, "[1, inf)"]) for n in asked.gpus]
    grids = [forecast(asked, of, n) for n in counts]
    header = ["", *(f"{n} GPU{'s' * (n > 1)}" for n in counts)]
    rows = [[what, *values] for what, values in _rows(asked, of, grids)]
    return f"{markdown([header, *rows])}\n\n{_first(asked, of)}"


def _rows(asked: Options, of: Mapping[str, float], grids: Sequence[Grid]) -> Iterator[tuple[str, list[str]]]:
    small, large = of[parts.SMALL], of[parts.LARGE] * 2**20
    wandb = asked.cells * asked.seeds * of[parts.WANDB_CALLS]
    yield "epochs", [_time(grid.training) for grid in grids]
    yield "a process for each cell, beside its epochs", [_time(grid.starting) for grid in grids]
    yield "the whole, on the wall", [_time(grid.wall) for grid in grids]
    yield "operations on the store a second", [_number(grid.calls / grid.wall) for grid in grids]
    yield "further ones with W&B, offline", [_number(wandb / grid.wall) for grid in grids]
    yield "further ones if each GPU goes over the whole grid", [_number(grid.rereading / grid.wall) for grid in grids]
    yield "checkpoints, MiB a second", [_number(grid.written / grid.wall / 2**20) for grid in grids]
    yield "operations, of what one process got", [_share(grid.calls / grid.wall / small) for grid in grids]
    yield "checkpoints, of what one process wrote", [_share(grid.written / grid.wall / large) for grid in grids]


def _first(asked: Options, of: Mapping[str, float]) -> str:
    """From how many GPUs on a part needs all that one process got from the file system that was measured."""
    small, large = of[parts.SMALL], of[parts.LARGE] * 2**20
    rates: dict[str, Callable[[Grid], float]] = {
        "Checkpoints": lambda grid: grid.written / grid.wall / large,
        "operations": lambda grid: grid.calls / grid.wall / small,
        "operations if each GPU goes over the whole grid": lambda grid: (
            (grid.calls + grid.rereading) / grid.wall / small
        ),
    }
    grids = {n: forecast(asked, of, n) for n in range(1, asked.cells + 1)}
    enough = {what: next((n for n, grid in grids.items() if rate(grid) >= 1), None) for what, rate in rates.items()}
    said = [f"{what}: {n or f'more than {asked.cells}'}" for what, n in enough.items()]
    return f"From how many GPUs on a part needs all that one process got. {'; '.join(said)}."


def _time(seconds: float) -> str:
    """In the largest unit of which there is one.

    >>> [_time(s) for s in (3.21, 4000.0, 3e6)]
    ['3.2 s', '1.1 h', '34.7 days']
    """
    sizes = {"days": 86400, "h": 3600, "min": 60, "s": 1}
    unit = next((unit for unit, size in sizes.items() if seconds >= size), "s")
    return f"{seconds / sizes[unit]:.1f} {unit}"


def _share(share: float) -> str:
    return f"{_number(100 * share)}%"


def _number(number: float) -> str:
    """Three digits, and no exponent.

    >>> [_number(x) for x in (0.01234, 12.34, 2314.2)]
    ['0.0123', '12.3', '2,314']
    """
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def measured() -> dict[str, float]:
    """What `bench parts` has stored."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    return {figure["what"]: figure["value"] for figure in stored["parts"]["figures"]}


def rendered(page: str) -> str:
    """A page with what its commands give below them."""
    of = measured()
    return MARKED.sub(lambda m: f"{m[1]}{table(parse(Options, split(m[2]))[0], of)}\n\n{m[3]}", page)


def main(arguments: Sequence[str]) -> None:
    options, _ = parse(Options, arguments)
    say(table(options, measured()), lines=True)


if __name__ == "__main__":
    program(main, Options)
