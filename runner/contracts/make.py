"""A part as its contract has it: what lacks is said in one line, before anything is trained."""

import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from runner.console.errors import ConfigError, nearest
from runner.contracts.adaptation import Adaptation
from runner.contracts.calculation import Calculation
from runner.contracts.calibrator import Calibrator
from runner.contracts.loss import check_loss
from runner.contracts.method import Method
from runner.contracts.model import Model
from runner.contracts.optimizer import StackOptimizer
from runner.contracts.probe import Probe
from runner.contracts.terms import Regularizer, Risk
from runner.contracts.training import Augmentation, Average, Sampler, Schedule
from runner.nodes.annotation import group_in
from runner.nodes.build import bind, build, check_node, target
from runner.nodes.parts import is_ours
from runner.nodes.signature import asks

CLASSES = {
    "model": Model, "method": Method, "regularizer": Regularizer, "risk": Risk, "augment": Augmentation,
    "optimizer": StackOptimizer, "calibrator": Calibrator, "adaptation": Adaptation,
}  # fmt: skip
FUNCTIONS = {
    "sampler": Sampler, "schedule": Schedule, "average": Average, "calculation": Calculation, "probe": Probe,
}  # fmt: skip
MORE = "`python -m runner.cards contracts` says what that is"


def make(path: str, node: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The part that a node names; see build.

    Args:
        path: the node's place in the configuration, such as "regularizer.l1".
        given: what its constructor may ask for.
    Raises:
        ConfigError: as build, and where the part is not what its contract says.
    """
    group = path.partition(".")[0]
    _agrees(path, check_node(path, node), group, given)
    part, name = build(path, node, **given), f"{path} ({node['_target_']})"
    if lacking := [each for each in inspect.get_annotations(_contract(group, node)) if not hasattr(part, each)]:
        raise ConfigError(f"{name}: its constructor does not set {', '.join(lacking)}; {MORE}")
    if group == "loss":
        check_loss(name, part)
    return part


def bound(path: str, node: Mapping[str, Any], **given: Any) -> partial[Any]:
    """The function that a node names, with its arguments; see bind. Raises ConfigError as make does."""
    arguments = list(inspect.signature(FUNCTIONS[path].__call__).parameters)[1:]
    _agrees(path, check_node(path, node), path, arguments)
    return bind(path, node, **given)


def _agrees(path: str, node: Mapping[str, Any], group: str, given: Iterable[str]) -> None:
    """Is a node, with those in it, what its contract says, as far as its class or function can tell?"""
    part, name = target(node), f"{path} ({node['_target_']})"
    if fault := _not(_contract(group, node), part):
        raise ConfigError(f"{name}: {fault}; {MORE}")
    for argument in inspect.signature(part).parameters.values():
        needed = argument.kind is argument.POSITIONAL_OR_KEYWORD and argument.default is argument.empty
        if needed and argument.name not in given:
            hint = nearest(argument.name, given)
            raise ConfigError(f"{name}: asks for {argument.name}, which no {group} is given; {hint}")
    kinds = asks(node["_target_"])
    for key, value in node.items():
        if isinstance(value, Mapping) and (within := group_in(kinds[key], group)):
            _agrees(f"{path}.{key}", value, within, given)


def _contract(group: str, node: Mapping[str, Any]) -> type:
    """Of the part that a node names; none of what is torch's, whose contract is torch's."""
    return CLASSES.get(group, object) if is_ours(node["_target_"]) else object


def _not(contract: type, part: Any) -> str:
    """Why a class is not what a contract says, "" if it is."""
    required: frozenset[str] = getattr(contract, "__abstractmethods__", frozenset())
    lacking = sorted(each for each in required if getattr(part, each, None) in (None, getattr(contract, each)))
    if lacking:
        return f"lacks {' and '.join(lacking)}"
    if contract is object or (isinstance(part, type) and issubclass(part, contract)):
        return ""
    return f"must be a subclass of {contract.__module__}.{contract.__name__}"
