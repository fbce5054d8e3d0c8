"""Pairs of networks that seeds of a cell left in the store, and what is between them."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.contracts.loss import said
from runner.data.prepare import own_split, prepare
from runner.data.streams import generator
from runner.merging.between import TRIED, Between, same
from runner.merging.chain import chain_of
from runner.merging.cross_layer import lengthened
from runner.merging.pairs import Pair
from runner.nodes.build import target
from runner.objective.assemble import Stored, network_of_cell, shape_of


def stored_pairs(cell: CellConfig, name: str, stored: Stored, most: int, points: int) -> Iterator[Pair]:
    """Each pair of the cell's seeds: the line between the two networks, before and after matching.

    Args:
        name: of the cell's folder.
        most: test examples, the same for every seed and cell where there are more.
        points: on the line, both ends included.
    Raises:
        ConfigError: there are no such networks, they cannot be matched, or there is no one test set of one class each.
    """
    if len(cell.seeds) < 2:
        raise ConfigError(f"seeds={len(cell.seeds)}: must be at least 2, for what lies between two networks")
    networks, test, _ = _networks(cell, name, stored, most)
    states = dict(zip(cell.seeds, (each.state_dict() for each in networks), strict=True))
    between = _between(networks[0], *test, points, cell.title)
    for a, b in combinations(cell.seeds, 2):
        yield between.pair(cell.title, (a, b), states[a], states[b])


def fused_pairs(cell: CellConfig, names: tuple[str, str], stored: Stored, most: int, points: int) -> Iterator[Pair]:
    """Of each seed the cell's network and one of fewer layers, which is lengthened to as many: see cross_layer.py.

    Args:
        names: of the cell's folder and of the shallow network's.
        most: test examples; and training examples, by whose activations layers are aligned.
        points: on the line, both ends included.
    Raises:
        ConfigError: as of `stored_pairs`.
        ValueError: one cannot be made as deep as the other.
    """
    deep, test, x = _networks(cell, names[0], stored, most)
    shallow, *_ = _networks(cell, names[1], stored, most)
    title = f"{cell.title}, and {len(chain_of(shallow[0])) - 1} hidden"
    between = _between(deep[0], *test, points, title)
    for seed, many, few in zip(cell.seeds, deep, shallow, strict=True):
        state = lengthened(few, many, x)
        if not same(functional_call(many, state, (x[:TRIED],)), few(x[:TRIED])):
            raise ValueError("layers that pass on what they get need activation=relu")
        yield between.pair(title, (seed, seed), many.state_dict(), state)


def _between(network: nn.Module, x: Tensor, labels: Tensor, points: int, title: str) -> Between:
    """ConfigError: its units cannot change places."""
    try:
        return Between(network, x, labels, points)
    except ValueError as error:
        raise ConfigError(f"{title}: {error}") from error


def _networks(
    cell: CellConfig, name: str, stored: Stored, most: int
) -> tuple[list[Any], tuple[Tensor, Tensor], Tensor]:
    """The seeds' networks in a cell for the same data; test examples as they see them (M, ...) with labels (M,), and
    training examples (N, ...)."""
    if own_split(cell.data):
        raise ConfigError(f"{cell.title}: each seed has its own test examples; split_seed=0 gives all the same")
    prepared, _ = prepare(cell.data, cell.seeds, cell.exec)
    split = prepared.split
    shape = shape_of(split, cell.recipe)
    one_each = split.classes and prepared.test.dim() == 1 and shape["num_outputs"] == len(split.classes)
    if not one_each or said(target(cell.recipe.loss), "kind") == "embeddings" or prepared.mask is not None:
        raise ConfigError(
            f"{cell.title}: barriers are of networks that tell one class of each example, the same for all"
        )
    try:
        networks = [network_of_cell(stored, seed, shape, name).eval() for seed in cell.seeds]
    except ValueError as error:
        raise ConfigError(str(error)) from error
    place = torch.randperm(len(prepared.test), generator=generator("map"))[:most].sort().values
    seen, train = ((x - split.mean) / split.std for x in (split.test_x[place], split.x[:most]))
    return networks, (seen, prepared.test[place]), train
