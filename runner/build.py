"""From a configuration node to the object that it names: our own targets and torch's optimizers, nothing else."""

import inspect
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from runner.errors import ConfigError, nearest
from runner.signature import asks, check, misplaced


def check_node(path: str, node: Any) -> dict[str, Any]:
    """The node, with numbers as its target's types have them.

    Raises:
        ConfigError: the target is not ours, or an argument is unknown, missing, of a wrong type or out of range.
    """
    folder = f"conf/{path.partition('.')[0]}/"
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigError(f"{path}={node}: must name a file of {folder}")
    try:
        kinds = asks(node["_target_"])
    except ConfigError as error:
        raise ConfigError(f"{path}._target_={error}") from error
    checked = {}
    for name, value in node.items():
        if isinstance(value, Mapping):
            checked[name] = check_node(f"{path}.{name}", value)
        elif name in kinds:
            checked[name] = check(f"{path}.{name}", value, kinds[name])
        elif name == "_target_":
            checked[name] = value
        else:
            why = misplaced(node["_target_"], name) or f"there is no such key; {nearest(name, kinds)}"
            raise ConfigError(f"{path}.{name}={value}: {why}")
    for name in kinds:
        if name not in node and not node["_target_"].startswith("torch."):
            raise ConfigError(f"{path}.{name} is missing; its number stands in {folder}")
    return checked


def check_nodes(path: str, nodes: Any) -> dict[str, Any]:
    """A group of which there may be several, each under its name; see check_node."""
    if not isinstance(nodes, Mapping) or "_target_" in nodes:
        raise ConfigError(f"{path}={nodes}: must name files of conf/{path}/, such as {path}=[one,another]")
    return {name: check_node(f"{path}.{name}", node) for name, node in nodes.items()}


def target(node: Mapping[str, Any]) -> Any:
    """The class or function that a checked node names."""
    module, _, name = node["_target_"].rpartition(".")
    return getattr(import_module(module), name)


def bind(path: str, node: Mapping[str, Any], **given: Any) -> partial[Any]:
    """The node's target with its arguments filled in, and of `given` those that it asks for.

    Args:
        path: the node's place in the configuration, for messages ("loss", "loss.base").
        given: what no YAML can know and the runner does: num_train, num_classes, input_shape, params, ...
    Raises:
        ConfigError: for what check_node refuses.
    """
    node = check_node(path, node)
    make = target(node)
    arguments = {
        key: build(f"{path}.{key}", value, **given) if isinstance(value, Mapping) else value
        for key, value in node.items()
        if key != "_target_"
    }
    wanted = inspect.signature(make).parameters
    return partial(make, **{k: v for k, v in given.items() if k in wanted}, **arguments)


def build(path: str, node: Mapping[str, Any], **given: Any) -> Any:
    """The object that the node names; see bind. A ValueError or FileNotFoundError of its own becomes a ConfigError."""
    make = bind(path, node, **given)
    try:
        return make()
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(f"{path} ({node['_target_']}): {error}") from error
