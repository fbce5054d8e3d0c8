"""The optimizer of a stack, from its node."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from datasets.faults import exhausted
from runner.compose.schema import TrainingConfig
from runner.console.errors import ConfigError, first_line
from runner.contracts.make import make
from runner.contracts.optimizer import StackOptimizer
from runner.contracts.seed_axis import SeedAxis
from runner.data.prepare import Node
from runner.nodes.build import target
from runner.nodes.signature import DECAY, takes


def optimizer_of(node: Node, parameters: Sequence[Tensor], seeds: Sequence[int]) -> Optimizer:
    """The optimizer of these parameters of a stack of these seeds.

    With `decay: weights` biases, and the scales and shifts of normalisations, all that have one axis or none, are not
    decayed.

    Raises:
        ConfigError: as make does.
    """
    params: Any = list(parameters)
    if sparing := any(each.get(DECAY) == "weights" for each in _nodes(node)):
        axis = SeedAxis(len(seeds))
        params = [{"params": [p for p in parameters if (axis.dim(p) > 1) == wide]} for wide in (True, False)]
    made: Any = make("optimizer", node, {"params": params, "seeds": seeds, "fused": True})
    if sparing:
        made.param_groups[1]["weight_decay"] = 0.0
    return made


def check_optimizer(asked: TrainingConfig) -> None:
    """Raise ConfigError before anything begins for arguments that torch refuses, and where the optimizer says which
    weights are evaluated, for another average of them, and for a schedule that would shorten steps after they are
    taken: the trained weights follow from others, which stay as they are."""
    node = asked.optimizer
    try:
        made = optimizer_of(node, [nn.Parameter(torch.zeros(1, 1))], [0])
    except (TypeError, RuntimeError, AttributeError) as error:
        if exhausted(error):
            raise
        raise ConfigError(f"optimizer ({node['_target_']}): {first_line(error)}") from error
    if not isinstance(made, StackOptimizer) or not made.averages:
        return
    name = type(made).__name__
    if not asked.average["_target_"].endswith(".none"):
        average = asked.average["_target_"].rpartition(".")[2]
        raise ConfigError(f"average={average}: {name} says itself which weights are evaluated; only none can be")
    if "history" in takes(asked.schedule["_target_"]):
        schedule = asked.schedule["_target_"].rpartition(".")[2]
        raise ConfigError(f"schedule={schedule}: {name} has no learning rate of each seed; constant has one for all")


def keeps_seeds_apart(node: Node) -> bool:
    """Can several seeds be one stack of this optimizer, and of those within it?"""
    return all(getattr(target(each), "stackable", each["_target_"].startswith("torch.")) for each in _nodes(node))


def _nodes(node: Node) -> Iterator[Node]:
    """The node, and those of the optimizers within it."""
    yield node
    for value in node.values():
        if isinstance(value, Mapping):
            yield from _nodes(value)
