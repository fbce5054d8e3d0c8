"""A seed as a probe sees it."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from runner.compose.calculated import PROBE
from runner.compose.cell_config import CellConfig
from runner.compose.identity import digest
from runner.contracts.probe import Examples, Probed
from runner.data.loader import Batch
from runner.data.prepare import prepare
from runner.data.protocol import Prepared
from runner.data.streams import numbers
from runner.objective.assemble import Stored, assemble, facts_of, network_of_cell, shape_of
from runner.objective.criterion import Criterion
from runner.objective.objective import parts
from runner.store.networks import DivergedError


class Look(NamedTuple):
    """A seed that is about to be looked at.

    Attributes:
        probed: gives what the probe is given. Raises ValueError where there is no such network, and of one that
            diverged DivergedError.
        data_sha256: of the data set.
        read: what was read, a line each.
    """

    probed: Callable[[], Probed]
    data_sha256: str
    read: tuple[str, ...]


def look(cell: CellConfig, seed: int, stored: Stored) -> Look:
    """What a probe sees of a seed.

    Args:
        cell: of the probe.
        stored: where the networks are found.
    Raises:
        ConfigError: the data cannot be as asked.
    """
    prepared, data_sha256 = prepare(cell.data, [seed], cell.exec)
    return Look(partial(_probed, cell, prepared, seed, stored), data_sha256, prepared.read)


def _probed(cell: CellConfig, prepared: Prepared, seed: int, stored: Stored) -> Probed:
    network = partial(_network, stored, shape_of(prepared.split, cell.recipe), digest(cell.probed.identity))
    return Probed(
        network=network(seed),
        other=network(seed + cell.apart) if cell.apart else None,
        training=_training(prepared),
        test=Examples(_seen(prepared, prepared.split.test_x), prepared.test, prepared.test),
        num_classes=len(prepared.split.classes),
        loss=partial(_loss, partial(_criterion, cell, prepared, seed, stored)),
        draws=numbers(PROBE, seed),
    )


def _network(stored: Stored, shape: dict[str, Any], name: str, seed: int) -> Any:
    try:
        return network_of_cell(stored, seed, shape, name).eval().requires_grad_(False)
    except ValueError as error:
        if isinstance(error.__cause__, DivergedError):
            raise error.__cause__ from error
        raise


def _training(prepared: Prepared) -> Examples:
    place, given, true = (each[0] for each in prepared.train)
    return Examples(_seen(prepared, prepared.split.x[place]), given, true)


def _seen(prepared: Prepared, x: Tensor) -> Tensor:
    """Inputs as the network sees them."""
    x = (x - prepared.split.mean) / prepared.split.std
    return x if prepared.mask is None else x * prepared.mask[0]


def _criterion(cell: CellConfig, prepared: Prepared, seed: int, stored: Stored) -> Criterion:
    """The loss as it is before training. Raises ValueError where it is none of each example alone."""
    facts = facts_of(prepared, cell.recipe, cell.training.epochs)
    objective = assemble(cell.recipe, prepared, 0, seed, facts, stored)
    found = [part for part in parts(objective) if isinstance(part, Criterion)]
    if not found or found[0].kind != "example" or found[0].draws:
        raise ValueError("the loss of this cell is not one of each example alone, as this probe takes it")
    return found[0]


def _loss(criterion: Callable[[], Criterion], predictions: Tensor, examples: Examples) -> Tensor:
    batch = Batch(examples.x, examples.targets, torch.arange(len(examples.x)), {})
    mean: Tensor = criterion()(predictions, batch).mean()
    return mean
