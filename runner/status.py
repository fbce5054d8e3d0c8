"""How far sweeps are: `python -m runner.status [store=results]`, from the store alone, on any machine that sees it.

A seed that is planned has not begun; one that is stale began, and its process is gone without a word: the same command
trains both.

--watch    look again every few seconds, until interrupted
--json     for programs
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from shlex import split
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runner.console import Plain
from runner.errors import ConfigError, nearest, program
from runner.lease import holding
from runner.left_out import lines, tell
from runner.say import say
from runner.store import FINISHED, Cell, LeftOut, Store

STATES = ("planned", "running", "done", "diverged", "failed", "stale", "damaged")
EVERY = 2.0  # seconds between looks
OTHERS = "not of a sweep"


def main(arguments: Sequence[str]) -> None:
    """Print the state of the store, once or again and again."""
    options = [argument for argument in arguments if argument.startswith("-")]
    folders = [argument for argument in arguments if not argument.startswith("-")]
    for option in options:
        if option not in ("--watch", "--json"):
            raise ConfigError(f"{option}: there is no such option; {nearest(option, ['--watch', '--json'])}")
    if len(folders) > 1:
        raise ConfigError(f"{' '.join(folders)}: must be the folder of one store")
    store = _store(folders[0] if folders else "results")
    if "--json" in options:
        found = list(sweeps(store))
        tell(left_out(store, found))
        say(json.dumps(found, indent=1), lines=True)
        return
    if "--watch" not in options:
        Plain().print(_shown(store))
        return
    with Live(_shown(store), console=Plain(), auto_refresh=False) as live:
        while True:
            time.sleep(EVERY)
            live.update(_shown(store), refresh=True)


def _store(said: str) -> Store:
    name, sign, folder = said.partition("=")
    if sign and name != "store":
        raise ConfigError(f"{said}: there is no such option; store=folder, --watch or --json")
    store = Store(folder if name == "store" and sign else said)
    if not store.root.is_dir():
        raise ConfigError(f"store={store.root}: there is no such folder; python -m runner puts results there")
    return store


def sweeps(store: Store) -> Iterator[dict[str, Any]]:
    """Each sweep with its cells, and last the cells that belong to none.

    {"sweep": its command, "cells": [{"cell": its folder, "name": its overrides, "seeds": {seed: {"state": ...}}}]}; a
    running seed has the age of its worker's last beat in "beat", in seconds by the clocks of the two machines.
    """
    known = set()
    for kept in store.sweeps():  # the cells of one that is damaged are listed below
        cells = []
        for planned in kept["cells"]:
            known.add(planned["cell"])
            cell = store.named(planned["cell"])
            seeds = {seed: _state(cell, seed) for seed in planned["seeds"]}
            cells.append({"cell": planned["cell"], "name": planned["name"], "seeds": seeds})
        yield {"sweep": kept["command"], "cells": cells}
    others = []
    for cell in store.folders():
        if cell.path.name not in known:
            states = {seed: _state(cell, seed) for seed in cell.seeds()}
            others.append({"cell": cell.path.name, "name": _name(cell), "seeds": states})
    if others:
        yield {"sweep": OTHERS, "cells": others}


def _name(cell: Cell) -> str:
    """A cell as the overrides that one of its seeds was asked for with; its folder where none has begun."""
    from runner.plan import name

    said = (cell.seed(seed).status().get("command") for seed in cell.seeds())
    command = next(filter(None, said), None)
    return name(split(command)[3:]) if command else cell.path.name


def _state(cell: Cell, seed: int) -> dict[str, Any]:
    record = cell.seed(seed)
    status = record.status()
    state, cause = status["state"], status.get("cause")
    if state in FINISHED:  # of a hundred thousand seeds most are
        return {"state": state} | ({"cause": cause} if cause else {})
    standing, holder = record.standing(state), holding(record.path)[1]
    if holder is not None:
        return {"state": standing, "beat": cell.store.watch.age(holder)}
    return {"state": standing} | ({"cause": cause} if cause else {})


def left_out(store: Store, found: Sequence[Mapping[str, Any]]) -> list[LeftOut]:
    """What the store has that no program counts, of which `found` are its sweeps."""
    damaged = [
        LeftOut(store.named(cell["cell"]).seed(seed).path, state["cause"])
        for sweep in found
        for cell in sweep["cells"]
        for seed, state in cell["seeds"].items()
        if state["state"] == "damaged"
    ]
    return [*store.survey()[1], *damaged]


def _shown(store: Store) -> Group:
    parts: list[Any] = []
    found = list(sweeps(store))
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
    parts += [Text(line) for line in lines(left_out(store, found))]
    return Group(*(parts or ["nothing is in this store yet"]))


if __name__ == "__main__":
    try:
        program(main)
    except KeyboardInterrupt:
        sys.exit(0)
