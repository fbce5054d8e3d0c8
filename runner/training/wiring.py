"""A data set, the objectives of some seeds and the loader of their batches, put together: in this one place."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from runner.compose.cell_config import CellConfig
from runner.data.inputs import Inputs
from runner.data.loader import Loader
from runner.data.prepare import prepare
from runner.data.protocol import Labelled, Prepared
from runner.objective.assemble import Stored, assemble, facts_of, loader_of, nothing_stored
from runner.objective.objective import Objective
from runner.objective.sampling import samplers_of
from runner.training.device import streams

CPU = torch.device("cpu")


class Wired(NamedTuple):
    """What training begins with.

    Attributes:
        prepared: the examples of every seed, on the CPU.
        examples: those of training, where to compute.
        data_hash: of the data set.
        facts: what all objectives are built for: num_classes, num_outputs, input_shape, num_train, epochs.
        objectives: one a seed, before any step, on the CPU.
        inputs: of the training set, where they are read from.
        loader: of the batches that the objectives ask for.
        ahead: threads that read batches ahead; 0 where inputs are on the device.
    """

    prepared: Prepared
    examples: Labelled
    data_hash: str
    facts: Mapping[str, Any]
    objectives: list[Objective]
    inputs: Inputs
    loader: Loader
    ahead: int


def wire(cell: CellConfig, seeds: Sequence[int], place: torch.device = CPU, stored: Stored = nothing_stored) -> Wired:
    """What the training of these seeds begins with.

    Args:
        place: where to compute.
        stored: where the networks of other cells are found.
    Raises:
        ConfigError: it cannot be as asked.
    """
    prepared, data_hash = prepare(cell.data, seeds, cell.exec)
    split, facts = prepared.split, facts_of(prepared, cell.recipe, cell.training.epochs)
    measure = cell.training.measure
    objectives = [assemble(cell.recipe, prepared, i, seed, facts, stored, measure) for i, seed in enumerate(seeds)]
    ahead = cell.exec.workers if streams(cell.exec.stream, split.x.nbytes + split.test_x.nbytes, place) else 0
    inputs = Inputs(split.x, split.mean, split.std, place, ahead, prepared.mask)
    examples = prepared.train.to(place)
    samplers = samplers_of(cell.training.sampler, prepared, facts["num_classes"], cell.training.batch_size)
    loader = loader_of(objectives[0], inputs, examples, samplers, seeds, facts, cell.training)
    return Wired(prepared, examples, data_hash, facts, objectives, inputs, loader, ahead)
