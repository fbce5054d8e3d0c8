"""From a configuration node to the object that it names: our own targets and torch's optimizers, nothing else."""

import errno
import inspect
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from runner.console.errors import ConfigError, nearest, sized
from runner.console.escape import terminal
from runner.nodes.annotation import group_in
from runner.nodes.parts import TORCH, offered, source
from runner.nodes.signature import DECAY, asks, check, misplaced, shown

UNUSABLE = {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EACCES, errno.EPERM}  # paths


def check_node(path: str, node: Any, group: str = "") -> dict[str, Any]:
    """The node, with numbers as its target's types have them.

    Args:
        path: its place in the configuration ("loss", "loss.base").
        group: of conf/, that it is of; by default what the path begins with.
    Raises:
        ConfigError: the group has no such target, or an argument is unknown, missing, of a wrong type or out of range.
    """
    group = group or path.partition(".")[0]
    folder = f"conf/{group}/"
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigError(f"{path}={node}: must name a file of {folder}")
    check(f"{path}._target_", node["_target_"], str)
    try:
        source(node["_target_"])
        kinds = asks(node["_target_"])
        offered(group, node["_target_"])
    except ConfigError as error:
        raise ConfigError(f"{path}._target_={error}") from error
    checked = {}
    for name, value in node.items():
        if name == "_target_":
            checked[name] = value
        elif name not in kinds:
            why = misplaced(node["_target_"], name) or f"there is no such key; {nearest(name, kinds)}"
            said = value.get("_target_", "{...}") if isinstance(value, Mapping) else shown(value)
            raise ConfigError(f"{path}.{name}={said}: {why}")
        elif isinstance(value, Mapping) and (within := group_in(kinds[name], group)):
            checked[name] = check_node(f"{path}.{name}", value, within)
        else:
            checked[name] = check(f"{path}.{name}", value, kinds[name])
    for name in kinds:
        if name not in node and name != DECAY and not node["_target_"].startswith("torch."):
            raise ConfigError(f"{path}.{name} is missing; its number stands in {folder}")
    return checked


def check_nodes(path: str, nodes: Any) -> dict[str, Any]:
    """A group of which there may be several, each under its name; see check_node."""
    if not isinstance(nodes, Mapping) or "_target_" in nodes:
        raise ConfigError(f"{path}={nodes}: must name files of conf/{path}/, such as {path}=[one,another]")
    return {name: check_node(f"{path}.{name}", node) for name, node in nodes.items()}


def target(node: Mapping[str, Any]) -> Any:
    """The class or function that a checked node names; of torch's optimizers as in eager.py."""
    module, _, name = node["_target_"].rpartition(".")
    found = getattr(import_module(module), name)
    if not module.startswith(f"{TORCH}."):
        return found
    from runner.nodes.eager import eager  # torch itself

    return eager(found)


def bind(path: str, node: Mapping[str, Any], **given: Any) -> partial[Any]:
    """The node's target with its arguments filled in, and of `given` those that it asks for.

    Args:
        path: the node's place in the configuration ("loss", "loss.base").
        given: what no YAML can know and the runner does: num_train, num_classes, input_shape, params, ...
    Raises:
        ConfigError: for what check_node refuses.
    """
    return _bound(path, check_node(path, node), given)


def build(path: str, node: Mapping[str, Any], **given: Any) -> Any:
    """The object that the node names; see bind. A ValueError or FileNotFoundError of its own becomes a ConfigError."""
    return _made(path, check_node(path, node), given)


def _bound(path: str, node: Mapping[str, Any], given: Mapping[str, Any]) -> partial[Any]:
    """As bind, of a node that is checked."""
    make = target(node)
    wanted = inspect.signature(make).parameters
    arguments = {
        key: _made(f"{path}.{key}", value, given) if isinstance(value, Mapping) and "_target_" in value else value
        for key, value in node.items()
        if key != "_target_" and (key != DECAY or key in wanted)
    }
    return partial(make, **{k: v for k, v in given.items() if k in wanted} | arguments)


def _made(path: str, node: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    make = _bound(path, node, given)
    try:
        with sized(f"{path} ({node['_target_']})"):
            return make()
    except (ValueError, OSError) as error:
        if not isinstance(error, ValueError | FileNotFoundError) and error.errno not in UNUSABLE:
            raise  # a disk or a network that may do another time
        said = terminal(str(error).strip()) or type(error).__name__  # whole: a name in it may have line breaks
        raise ConfigError(f"{path} ({node['_target_']}): {said}") from error
