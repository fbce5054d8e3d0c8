"""The network of another cell, for methods that begin with one or learn from one."""

import io
import pickle
from typing import Any

import torch
from torch import Tensor

from runner.compose.cell_config import CellConfig
from runner.compose.identity import located
from runner.console.errors import ConfigError, nearest
from runner.store.cell import CELL
from runner.store.seal import DamagedError
from runner.store.store import Store


class DivergedError(ConfigError):
    """A seed diverged, and left no network."""


def kept_cell(cell: CellConfig) -> str:
    """The name of the folder that a cell's networks are in. Raises ConfigError where its store has no such cell."""
    store = Store(cell.store)
    path = store.cell(cell.identity, cell.choices).path
    if not path.exists():
        raise ConfigError(f"store={cell.store}: has no such cell; {cell.keeping} trains it")
    return path.name


def stored_network(store: Store, name: str, seed: int) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The model's node of the cell of this name, and the numbers of its network as seed `seed` left it.

    Raises:
        ConfigError: there is no such cell, it kept no network of this seed, or what it kept is damaged.
        DivergedError: the seed diverged.
    """
    cell = store.named(name)
    if not CELL.fullmatch(name) or not (cell.path / "config.yaml").exists():
        kept = (each.path.name for each in store.cells() if any(each.path.glob("seed=*/network.pt")))
        raise ConfigError(f"{name}: there is no such cell in {store.root}; with networks, {nearest(name, kept)}")
    record = cell.seed(seed)
    try:
        question = cell.known().question
    except DamagedError as error:
        raise ConfigError(f"{cell.path / 'config.yaml'} {error}; who asks for the cell again writes it anew") from error
    try:
        numbers = record.network()
        if numbers is not None:
            return located(question["model"]), torch.load(io.BytesIO(numbers), weights_only=True)
    except (DamagedError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ConfigError(f"{record.path} is damaged ({error}); who asks for the seed again trains it anew") from error
    if (status := record.status())["state"] == "diverged":
        raise DivergedError(f"{record.path} diverged, and left no network: {status.get('cause')}")
    raise ConfigError(
        f"{cell.path} has no network of seed {seed}; a run with exec.keep_network=true keeps it, and a finished "
        f"seed is trained again where its folder, {record.path}, is removed"
    )
