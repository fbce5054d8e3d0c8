"""The networks that a probe looks at, trained where the store lacks them."""

import time
from collections.abc import Callable
from typing import Any

from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.store.cell import Cell
from runner.store.networks import stored_network
from runner.store.record import FINISHED, NETWORK
from runner.store.sources import same_code
from runner.store.store import cell_of

LOOK = 1.0  # seconds between looks at seeds that another process trains


def train_first(config: CellConfig, run_cell: Callable[[CellConfig, str], Any]) -> None:
    """Train the seeds of the cell that a probe looks at; those that another process trains are waited for.

    Args:
        config: of the probe, with the seeds that it is to look at.
        run_cell: trains what a store lacks of a cell, whose title it is told.
    Raises:
        ConfigError: a finished seed kept no network or was trained with other code, or it cannot be trained as asked.
    """
    first = config.seeds[0]
    for begin in dict.fromkeys((first, first + config.apart)):
        probed = config.probed.of_seeds(range(begin, begin + len(config.seeds)))
        cell = cell_of(probed)
        _check(cell, probed)
        run_cell(probed, probed.title)
        while any(_elsewhere(cell, seed) for seed in probed.seeds):
            time.sleep(LOOK)
            run_cell(probed, probed.title)


def check_data(config: CellConfig, data_sha256: str) -> None:
    """Raise ConfigError where the networks that a probe looks at were trained on other data than those of this hash."""
    cell = cell_of(config.probed)
    if cell.data not in ("", data_sha256):
        raise ConfigError(
            f"{cell.path}: its networks were trained on other data than there are now; python -m runner.forget "
            f"{config.probed.command.removeprefix('python -m runner ')} makes room for new ones"
        )


def _check(cell: Cell, probed: CellConfig) -> None:
    """Raise ConfigError where seeds that were trained are not what a probe can look at."""
    same_code(cell, probed.command, mixed=probed.exec.mixed_code)
    for seed in probed.seeds:
        status = cell.seed(seed).status()
        if status["state"] == "done" and NETWORK not in status["files"]:
            stored_network(cell.store, cell.path.name, seed)


def _elsewhere(cell: Cell, seed: int) -> bool:
    """Is another process at work on a seed?"""
    record = cell.seed(seed)
    return record.status()["state"] not in FINISHED and bool(record.held)
