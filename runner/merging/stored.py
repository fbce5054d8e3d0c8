"""Pairs of networks that seeds of a cell left in the store, and what is between them."""

from collections.abc import Iterator
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.contracts.loss import said
from runner.data.prepare import own_split, prepare
from runner.data.streams import generator
from runner.merging.chain import Layer, State, chain_of, moved
from runner.merging.line import along
from runner.merging.matching import distance, matched
from runner.merging.pairs import Pair, Way
from runner.nodes.build import target
from runner.objective.assemble import Stored, network_of_cell, shape_of

TRIED, TOLERANCE = 64, 1e-3  # examples, and by how much logits may differ where units are in other places


def stored_pairs(cell: CellConfig, name: str, stored: Stored, most: int, points: int) -> Iterator[Pair]:
    """Each pair of the cell's seeds: the line between the two networks, before and after matching.

    Args:
        name: of the cell's folder.
        most: test examples, the same for every seed and cell where there are more.
        points: on the line, both ends included.
    Raises:
        ConfigError: there are no such networks, they cannot be matched, or there is no one test set of one class each.
    """
    networks, x, labels = _networks(cell, name, stored, most)
    network = networks[0]
    layers = _layers(network, x, cell.title)
    states = dict(zip(cell.seeds, (each.state_dict() for each in networks), strict=True))
    for a, b in combinations(cell.seeds, 2):
        orders = matched(states[a], states[b], layers)
        ways: dict[Way, State] = {"plain": states[b], "matched": moved(states[b], layers, orders)}
        curves = {way: along(network, states[a], state, x, labels, points) for way, state in ways.items()}
        yield Pair(
            cell.title,
            (a, b),
            len(labels),
            {way: distance(states[a], state, layers) for way, state in ways.items()},
            {way: curve.nll for way, curve in curves.items()},
            {way: curve.accuracy for way, curve in curves.items()},
        )


def _networks(cell: CellConfig, name: str, stored: Stored, most: int) -> tuple[list[nn.Module], Tensor, Tensor]:
    """The seeds' networks, and test examples as they see them (M, ...), with labels (M,)."""
    if own_split(cell.data):
        raise ConfigError(f"{cell.title}: each seed has its own test examples; split_seed=0 gives all the same")
    if len(cell.seeds) < 2:
        raise ConfigError(f"seeds={len(cell.seeds)}: must be at least 2, for what lies between two networks")
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
    return networks, (split.test_x[place] - split.mean) / split.std, prepared.test[place]


def _layers(network: nn.Module, x: Tensor, title: str) -> list[Layer]:
    """Of a network whose units can change places, which is tried with a reverse order. ConfigError: they cannot."""
    state = network.state_dict()
    try:
        layers = chain_of(network)
    except ValueError as error:
        raise ConfigError(f"{title}: {error}") from error
    back = moved(state, layers, [torch.arange(len(state[layer.weight])).flip(0) for layer in layers[:-1]])
    with torch.no_grad():
        before, after = (functional_call(network, dict(its), (x[:TRIED],)) for its in (state, back))
    if not torch.allclose(before, after, rtol=TOLERANCE, atol=TOLERANCE):
        raise ConfigError(f"{title}: its network computes something else once units change places")
    return layers
