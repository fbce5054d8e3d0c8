"""The network of another cell, for methods that begin with one or learn from one."""

import io
import pickle
import re
from typing import Any

import torch
from torch import Tensor

from runner.errors import ConfigError, nearest
from runner.store import Store

NAME = re.compile("[0-9a-f]{16}")  # of a cell: never a path that leads elsewhere


def stored_network(store: Store, name: str, seed: int) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The model's node of the cell of this name, and the numbers of its network as seed `seed` left it.

    Raises:
        ConfigError: it is no name of a cell, there is no such cell, or it kept no network of this seed.
    """
    cell = store.named(name)
    if not NAME.fullmatch(name) or not (cell.path / "config.yaml").exists():
        kept = (each.path.name for each in store.cells() if any(each.path.glob("seed=*/network.pt")))
        raise ConfigError(f"{name}: there is no such cell in {store.root}; with networks, {nearest(name, kept)}")
    numbers = cell.seed(seed).network()
    if numbers is None:
        raise ConfigError(
            f"{cell.path} has no network of seed {seed}; a run with exec.keep_network=true keeps it, and a finished "
            f"seed is trained again where its folder, {cell.path / f'seed={seed}'}, is removed"
        )
    try:
        return cell.kept()["question"]["model"], torch.load(io.BytesIO(numbers), weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ConfigError(f"{cell.path / f'seed={seed}' / 'network.pt'} is damaged") from error
