"""What a command asks of a store: which seeds are done, which are elsewhere in hand, which are to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from shlex import join
from statistics import mean
from typing import Any, NamedTuple

from rich.table import Table

from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.console.plain import Plain
from runner.console.say import complain
from runner.store.cell import Cell, LeftOut
from runner.store.index import Entries
from runner.store.record import FINISHED
from runner.store.sources import same_code
from runner.store.store import Store

COLUMNS = ("asked", "done", "diverged", "elsewhere", "to do")
SHOWN = 40  # cells, up to which each has its line


class Refused(NamedTuple):
    """A cell that could not be begun, and why."""

    cell: Path
    error: ConfigError


@dataclass(frozen=True)
class Planned:
    """One cell of a command.

    Attributes:
        config: what was asked.
        cell: where it is in the store.
        states: {seed: "done", "diverged", "elsewhere" (a living process has it), or "to do"}.
        name: what to call it on the screen; "" is its title.
    """

    config: CellConfig
    cell: Cell
    states: dict[int, str]
    name: str = ""

    @property
    def todo(self) -> list[int]:
        return [seed for seed, state in self.states.items() if state == "to do"]


def plan(cells: Iterable[CellConfig]) -> list[Planned]:
    """The cells of a command, each once, with all the seeds that are asked of it."""
    found: dict[str, Planned] = {}
    stores: dict[str, Store] = {}
    for config in cells:
        store = stores.setdefault(config.store, Store(config.store))
        cell = store.cell(config.identity, config.choices)
        planned = found.setdefault(str(cell.path), Planned(config, cell, {}))
        entries = store.index.of(cell)
        for seed in config.seeds:
            if seed not in planned.states:
                planned.states[seed] = _state(entries, seed)
    for store in stores.values():
        store.index.keep()
    return list(found.values())


def check_stores(cells: Iterable[Planned]) -> None:
    """Raise ConfigError where a store that something is to be trained for cannot be."""
    for store in {planned.cell.store.root: planned.cell.store for planned in cells if planned.todo}.values():
        store.check_trainable()


def keep(cells: Sequence[Planned], command: Sequence[str]) -> None:
    """Leave word of a sweep in its store, where `python -m runner.status` finds it."""
    by_store: dict[Path, list[Planned]] = {}
    for planned in cells:
        by_store.setdefault(planned.cell.store.root, []).append(planned)
    for members in by_store.values():
        kept = [
            {"cell": planned.cell.path.name, "name": own, "seeds": list(planned.states)}
            for planned, own in zip(members, names(members), strict=True)
        ]
        members[0].cell.store.keep_sweep(join(command), kept)


def check_code(cells: Iterable[Planned]) -> list[Refused]:
    """What is to be trained and would be refused, as other seeds of its cell were trained with other code."""
    found = []
    for planned in cells:
        config = planned.config
        try:
            if planned.todo:
                same_code(planned.cell, config.command, mixed=config.exec.mixed_code)
        except ConfigError as error:
            found.append(Refused(planned.cell.path, error))
    return found


def flaws(cells: Iterable[Planned]) -> Iterator[str]:
    """Of which planned cells the store counts no seed until a run has written their config.yaml anew, and why."""
    for planned in cells:
        if not planned.cell.data and (flaw := planned.cell.flaw()):  # where there are data, it was just read
            yield f"{planned.cell.path}: {flaw}; no seed of it counts until a run writes it anew"


def strays(cells: Iterable[Planned]) -> Iterator[LeftOut]:
    """What stands in the stores and the planned cells, and no program counts."""
    its = [planned.cell for planned in cells]
    for store in {cell.store.root: cell.store for cell in its}.values():
        yield from store.strays()
    for cell in its:
        yield from cell.strays()


def mend(cells: Iterable[Planned]) -> None:
    """Write config.yaml of planned cells anew where it is lost or damaged, and say so."""
    for line in filter(None, (planned.cell.mend() for planned in cells)):
        complain(line)


def _state(entries: Entries, seed: int) -> str:
    state = entries.checked(seed)["state"]
    if state in FINISHED:
        return str(state)
    return "elsewhere" if entries.cell.seed(seed).held else "to do"


def show(cells: Sequence[Planned], console: Plain) -> None:
    """Counts of all and, where they are not too many, of each cell; and how long it may take."""
    totals = Counter(state for planned in cells for state in planned.states.values())
    if 1 < len(cells) <= SHOWN:
        table = Table("cell", *COLUMNS)
        for planned, own in zip(cells, names(cells), strict=True):
            counts = Counter(planned.states.values())
            numbers = [len(planned.states), *(counts[state] for state in COLUMNS[1:])]
            table.add_row(own, *(str(n) if n else "" for n in numbers))
        console.print(table)
    parts = [f"{totals[state]} {state}" for state in COLUMNS[1:] if totals[state]]
    asked = sum(totals.values())
    line = f"{len(cells)} cell{'s' * (len(cells) != 1)}, {asked} seed{'s' * (asked != 1)}: {', '.join(parts)}"
    console.print(line + estimate(cells), soft_wrap=True)


def names(cells: Sequence[Planned]) -> list[str]:
    """Cells as those of their overrides in which they differ."""
    said = [planned.config.title.split(" ") for planned in cells]
    common = set.intersection(*map(set, said)) if len(cells) > 1 else set()
    return [" ".join(o for o in words if o not in common) or " ".join(words) for words in said]


class _Cost(NamedTuple):
    """What stored seeds of a cell took, as means.

    Attributes:
        epoch: seconds of an epoch of one seed.
        start: seconds until a stack trains: to load data, to build, to try a step.
        launch: seconds until its process had imported all.
        size: seeds of a stack.
    """

    epoch: float
    start: float
    launch: float
    size: float

    def of(self, planned: Planned) -> float:
        """Seconds of what is to do of a cell, in a process that has imported all."""
        stacks = ceil(len(planned.todo) / self.size)
        return self.start * stacks + self.epoch * planned.config.epochs * len(planned.todo)


def estimate(cells: Sequence[Planned]) -> str:
    """How long what is to do takes one stack after another, with all that comes before the first step, from what stored
    seeds took; "" where nothing is to do."""
    left = [planned for planned in cells if planned.todo]
    if not left:
        return ""
    known = {str(planned.cell.path): cost for planned in cells if (cost := _cost(planned)) is not None}
    if not known:
        return " (how long it takes is not known yet)"
    usual = _Cost(*map(mean, zip(*known.values(), strict=True)))
    total = usual.launch + sum(known.get(str(planned.cell.path), usual).of(planned) for planned in left)
    return f" (about {duration(total)} by what {len(known)} of the cells took, one after another)"


def _cost(planned: Planned) -> _Cost | None:
    """In the mean over seeds that are done; those of earlier versions do not say what came before the first step."""
    done = [seed for seed, state in planned.states.items() if state == "done"]
    took: list[dict[str, Any]] = [planned.cell.seed(seed).status().get("took", {}) for seed in done[:3]]
    each = [
        (
            facts["seconds"] / facts["stack_size"] / planned.config.epochs,
            facts.get("start_seconds") or 0.0,
            facts.get("launch_seconds") or 0.0,
            facts["stack_size"],
        )
        for facts in took
        if facts
    ]
    return _Cost(*map(mean, zip(*each, strict=True))) if each else None


def duration(seconds: float) -> str:
    """
    >>> duration(42), duration(90), duration(10_000)
    ('42 s', '2 min', '2.8 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
