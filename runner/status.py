"""Show the progress of sweeps: `python -m runner.status [store=results]`, on any machine that sees the store.

A planned seed has not begun. A stale seed has begun, but its process ended without reporting. The command of the sweep
trains both.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from shlex import split
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runner.compose.options import NAMES, flag, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError
from runner.console.escape import shell
from runner.console.plain import Plain
from runner.console.say import say
from runner.store.cell import Cell, LeftOut
from runner.store.lease import holding
from runner.store.left_out import tell
from runner.store.record import FINISHED
from runner.store.store import Store

STATES = ("planned", "running", "done", "diverged", "failed", "stale", "damaged")
EVERY = 2.0  # seconds between looks
OTHERS = "not of a sweep"


@dataclass(frozen=True)
class Options:
    """What the state of a store can be asked for."""

    store: str = option("results", "the folder of a store, which may also stand there by itself")
    watch: bool = flag("look again every few seconds, until interrupted", "--watch")
    json: bool = flag("for programs", "--json")


def main(arguments: Sequence[str]) -> None:
    """Print the state of the store, once or again and again."""
    options, folders = parse(Options, arguments, NAMES)
    if len([*folders, *(word for word in arguments if word.startswith("store="))]) > 1:
        raise ConfigError(f"{' '.join(arguments)}: must be the folder of one store")
    store = Store(next(iter(folders), options.store))
    if not store.root.is_dir():
        raise ConfigError(f"store={store.root}: there is no such folder; python -m runner puts results there")
    found, left = look(store)
    tell(left)
    if options.json:
        say(json.dumps(found, indent=1), lines=True)
        return
    if not options.watch:
        Plain().print(_shown(found))
        return
    with Live(_shown(found), console=Plain(), auto_refresh=False) as live:
        while True:
            time.sleep(EVERY)
            known, (found, left) = left, look(store)
            tell(each for each in left if each not in known)
            live.update(_shown(found), refresh=True)


def look(store: Store) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Each sweep with its cells, and last what belongs to none; and what is left out, as reports leave it out.

    A sweep is {"sweep": its command, "cells": [{"cell": its folder, "name": its overrides, "seeds": {seed: {"state":
    ...}}}]}; a running seed has the age of its worker's last beat in "beat", in seconds by the clocks of the two
    machines.
    """
    whole, left = store.survey()
    cells = {cell.path: cell for cell in whole}
    flaws = {each.path: each.why for each in left}
    planned: dict[str, set[int]] = {}

    def told(cell: Cell, name: str, seeds: Iterable[int]) -> dict[str, Any]:
        flaw = flaws.get(cell.path, "")
        states = {seed: _state(cells.get(cell.path, cell), seed, flaw) for seed in seeds}
        damaged = {} if flaw else {seed: s["cause"] for seed, s in states.items() if s["state"] == "damaged"}
        left.extend(LeftOut(cell.seed(seed).path, cause) for seed, cause in damaged.items())
        return {"cell": cell.path.name, "name": name, "seeds": states}

    found: list[dict[str, Any]] = []
    for kept in store.sweeps():  # the cells of one that is damaged are listed below
        for its in kept["cells"]:
            planned.setdefault(its["cell"], set()).update(its["seeds"])
        its_cells = [told(store.named(its["cell"]), its["name"], its["seeds"]) for its in kept["cells"]]
        found.append({"sweep": kept["command"], "cells": its_cells})
    others = [(cell, sorted({*cell.seeds()} - planned.get(cell.path.name, set()))) for cell in store.folders()]
    if own := [told(cell, _name(cell), seeds) for cell, seeds in others if seeds]:
        found.append({"sweep": OTHERS, "cells": own})
    return found, list(dict.fromkeys(left))  # a seed may be of several sweeps


def _name(cell: Cell) -> str:
    """A cell as the overrides that one of its seeds was asked for with; its folder where none has begun."""
    from runner.compose.cell_config import title

    said = (shell(cell.seed(seed).status().get("command")) for seed in cell.seeds())
    command = next(filter(None, said), "")
    return title(split(command)[3:]) if command else cell.path.name


def _state(cell: Cell, seed: int, flaw: str) -> dict[str, Any]:
    """The state of a seed. If its cell has a `flaw`, no command counts it."""
    record = cell.seed(seed)
    status = record.checked()
    state, cause = status["state"], status.get("cause")
    if state in FINISHED and flaw:
        state, cause = "damaged", flaw
    elif state not in FINISHED:  # of a hundred thousand seeds most are
        state, holder = record.standing(state), holding(record.path)[1]
        if holder is not None:
            return {"state": state, "beat": cell.store.watch.age(holder)}
    return {"state": state} | ({"cause": cause} if cause else {})


def _shown(found: Sequence[Mapping[str, Any]]) -> Group:
    parts: list[Any] = []
    for sweep in found:
        counted = [Counter(seed["state"] for seed in cell["seeds"].values()) for cell in sweep["cells"]]
        total = sum(counted, Counter[str]())
        states = [state for state in STATES if total[state]]
        parts.append(Text(sweep["sweep"], style="italic"))
        table = Table("cell", *states)
        for cell, counts in zip(sweep["cells"], counted, strict=True):
            beats = [seed["beat"] for seed in cell["seeds"].values() if seed.get("beat") is not None]
            shown = {state: str(counts[state]) if counts[state] else "" for state in states}
            if counts["running"] and beats:
                shown["running"] += f" (beat {max(beats):.0f} s ago)"
            table.add_row(cell["name"], *shown.values())
        if len(counted) > 1:
            table.add_section()
            table.add_row("all", *(str(total[state]) for state in states))
        parts.append(table)
    return Group(*(parts or ["nothing is in this store yet"]))


if __name__ == "__main__":
    try:
        program(main, Options)
    except KeyboardInterrupt:
        sys.exit(0)
