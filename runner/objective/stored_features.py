"""What the network that a seed left in the store makes of test examples."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.contracts.loss import said
from runner.data.prepare import load, prepare
from runner.data.streams import generator
from runner.nodes.build import target
from runner.objective.assemble import Stored, network_of_cell, shape_of

CHUNK = 128  # examples at a time
OWN = {"_target_": "datasets.tasks.own.own"}  # the task that names all classes, those for testing alone included


class Seen(NamedTuple):
    """Attributes: place: (M,) of the examples among the test examples; features: (M, D); labels: (M,); classes: their
    names."""

    place: Tensor
    features: Tensor
    labels: Tensor
    classes: Sequence[str]


def stored_features(cell: CellConfig, name: str, seed: int, stored: Stored, most: int) -> Seen:
    """Features of the test examples in float32: those before the last layer, or of a loss of embeddings the embeddings.

    Args:
        name: of the cell's folder.
        most: examples, the same for every seed and cell where there are more.
    Raises:
        ConfigError: there is no such network, its features are not finite, or examples are not of one class each.
    """
    prepared, _ = prepare(cell.data, [seed], cell.exec)
    split = prepared.split
    if not split.classes or prepared.test.dim() != 1:
        raise ConfigError(f"{cell.task.name}: a map is coloured by class, and examples are not of one class each")
    try:
        network = network_of_cell(stored, seed, shape_of(split, cell.recipe), name).eval()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    look: Any = network if said(target(cell.recipe.loss), "kind") == "embeddings" else network.features
    place = torch.randperm(len(prepared.test), generator=generator("map"))[:most].sort().values
    with torch.no_grad():
        parts = [(split.test_x[part] - split.mean) / split.std for part in place.split(CHUNK)]
        seen = parts if prepared.mask is None else [x * prepared.mask[0] for x in parts]
        features = torch.cat([look(x) for x in seen])
    if not features.isfinite().all():
        raise ConfigError(f"{name}: features of seed {seed} are not finite")
    whole, _ = load(replace(cell.data, task=OWN), cell.exec, seed)
    return Seen(place, features, prepared.test[place], whole.classes)
