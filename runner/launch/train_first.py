"""The networks that a probe looks at, trained where the store lacks them."""

import time
from collections.abc import Callable
from typing import Any

from runner.compose.cell_config import CellConfig
from runner.store.cell import Cell
from runner.store.networks import stored_network
from runner.store.record import FINISHED, NETWORK
from runner.store.store import cell_of

LOOK = 1.0  # seconds between looks at seeds that another process trains


def train_first(config: CellConfig, run_cell: Callable[[CellConfig, str], Any]) -> None:
    """Train the seeds of the cell that a probe looks at; those that another process trains are waited for.

    Args:
        config: of the probe, with the seeds that it is to look at.
        run_cell: trains what a store lacks of a cell, whose title it is told.
    Raises:
        ConfigError: a finished seed kept no network, or it cannot be trained as asked.
    """
    first = config.seeds[0]
    for begin in dict.fromkeys((first, first + config.apart)):
        probed = config.probed.of_seeds(range(begin, begin + len(config.seeds)))
        cell = cell_of(probed)
        _check_kept(cell, probed.seeds)
        run_cell(probed, probed.title)
        while any(_elsewhere(cell, seed) for seed in probed.seeds):
            time.sleep(LOOK)
            run_cell(probed, probed.title)


def _check_kept(cell: Cell, seeds: range) -> None:
    """Raise ConfigError where a seed was trained, and its network was not kept."""
    for seed in seeds:
        status = cell.seed(seed).status()
        if status["state"] == "done" and NETWORK not in status["files"]:
            stored_network(cell.store, cell.path.name, seed)


def _elsewhere(cell: Cell, seed: int) -> bool:
    record = cell.seed(seed)
    return record.status()["state"] not in FINISHED and bool(record.held)
