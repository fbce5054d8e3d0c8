"""The seeds of a store as its sweeps planned them, and the state of each."""

from collections.abc import Iterable
from typing import Any

from runner.console.escape import shell, words_of
from runner.store.cell import Cell, LeftOut
from runner.store.index import Entries
from runner.store.lease import holding
from runner.store.record import FINISHED
from runner.store.store import Store

OTHERS = "not of a sweep"


def states(store: Store) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Each sweep with its cells, and last what belongs to none; and what is left out, as reports leave it out.

    A sweep is {"sweep": its command, "cells": [{"cell": its folder, "name": its overrides, "seeds": {seed: {"state":
    ...}}}]}; a running seed has the age of its worker's last beat in "beat", in seconds by the clocks of the two
    machines.
    """
    whole, left = store.survey()
    cells = {cell.path: cell for cell in whole}
    flaws = {each.path: each.why for each in left}
    planned: dict[str, set[int]] = {}

    def of(cell: Cell, name: str, seeds: Iterable[int]) -> dict[str, Any]:
        flaw = flaws.get(cell.path, "")
        entries = store.index.of(cells.get(cell.path, cell))
        found = {seed: _state(entries, seed, flaw) for seed in seeds}
        damaged = {} if flaw else {seed: s["cause"] for seed, s in found.items() if s["state"] == "damaged"}
        left.extend(LeftOut(cell.seed(seed).path, cause) for seed, cause in damaged.items())
        return {"cell": cell.path.name, "name": name, "seeds": found}

    sweeps: list[dict[str, Any]] = []
    for kept in store.sweeps():  # the cells of one that is damaged are listed below
        for its in kept["cells"]:
            planned.setdefault(its["cell"], set()).update(its["seeds"])
        its_cells = [of(store.named(its["cell"]), its["name"], its["seeds"]) for its in kept["cells"]]
        sweeps.append({"sweep": kept["command"], "cells": its_cells})
    others = [(cell, cell.seeds(besides=planned.get(cell.path.name, ()))) for cell in store.folders()]
    if own := [of(cell, _name(cell), seeds) for cell, seeds in others if seeds]:
        sweeps.append({"sweep": OTHERS, "cells": own})
    store.index.keep()
    return sweeps, list(dict.fromkeys(left))  # a seed may be of several sweeps


def _name(cell: Cell) -> str:
    """A cell as the overrides that one of its seeds was asked for with; its folder where none has begun."""
    from runner.compose.cell_config import title  # Hydra takes a fifth of a second, and few stores have such cells

    said = (shell(cell.seed(seed).status().get("command")) for seed in cell.seeds())
    command = next(filter(None, said), "")
    return title(words_of(command)[3:]) if command else cell.path.name


def _state(entries: Entries, seed: int, flaw: str) -> dict[str, Any]:
    """The state of a seed. If its cell has a `flaw`, no command counts it."""
    status = entries.checked(seed)
    state, cause = status["state"], status.get("cause")
    if state in FINISHED and flaw:
        state, cause = "damaged", flaw
    elif state not in FINISHED:  # of a hundred thousand seeds most are
        record = entries.cell.seed(seed)
        state, holder = record.standing(state), holding(record.path)[1]
        if holder is not None:
            return {"state": state, "beat": record.cell.store.watch.age(holder)}
    return {"state": state} | ({"cause": cause} if cause else {})
