"""Which examples an epoch of each seed has."""

from collections.abc import Callable
from functools import partial

from torch import Generator, Tensor

from runner.console.errors import ConfigError
from runner.contracts.make import bound
from runner.data.loader import Sampler
from runner.data.prepare import Node
from runner.data.protocol import Prepared, call, domain_of
from runner.data.streams import generator
from runner.nodes.signature import takes


def samplers_of(node: Node, prepared: Prepared, num_classes: int, batch_size: int) -> list[Sampler]:
    """The sampler of each seed.

    Raises:
        ConfigError: as make does, where the data set lacks what it asks for, and where it cannot draw.
    """
    return [_sampler(node, prepared, i, num_classes, batch_size) for i in range(len(prepared.train.given))]


def _sampler(node: Node, prepared: Prepared, i: int, num_classes: int, batch_size: int) -> Sampler:
    domain, name = domain_of(prepared, i), f"sampler ({node['_target_']})"
    if domain is None and "domain" in takes(node["_target_"]):
        raise ConfigError(f"{name}: this data set has no environments, or open-set noise brought inputs of none")
    function = bound("sampler", node, num_classes=num_classes, domain=domain, batch_size=batch_size)
    sampler = partial(_drawn, function)
    try:
        sampler(prepared.train.given[i], generator("rehearsal", "sampler"))
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from error
    return sampler


def _drawn(function: Callable[..., Tensor], targets: Tensor, stream: Generator) -> Tensor:
    return call(function, labels=targets, generator=stream)
