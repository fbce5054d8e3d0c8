"""What is measured in place of training, by a calculation or a probe: its metrics, read from its source."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from runner.compose.flags import key_of
from runner.console.errors import ConfigError, nearest
from runner.nodes.parts import HOME, TARGET
from runner.nodes.signature import constant
from runner.tasks.families import DECLARED, MOST
from runner.tasks.metric import Metric
from runner.tasks.task import Task

GROUP = "calculation"
PROBE = "probe"  # the group of what is measured of stored networks, and what its metrics begin with
NONE = {  # the targets where seeds are trained
    GROUP: "runner.parts.calculations.none.none",
    PROBE: "runner.parts.probes.none.none",
}
APART = "apart"  # the key of a probe of two networks: how far the seed of the other one is
PREFIX = {GROUP: "test", PROBE: PROBE}  # of the metrics in rows
METRICS = "METRICS"  # what the file of a calculation calls them
BESIDE = (GROUP, "seed", "seeds", "store", "dry", "exec", "hydra", "experiment")  # keys that may be said with one


def calculation_of(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The node of what is calculated, None where seeds are trained.

    Args:
        config: resolved, with targets.
    Raises:
        ConfigError: it declares no metric that can be.
    """
    return _node(config, GROUP)


def probe_of(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The node of what is measured of stored networks, None where seeds are trained. As `calculation_of`."""
    return _node(config, PROBE)


def _node(config: Mapping[str, Any], group: str) -> Mapping[str, Any] | None:
    node: Mapping[str, Any] | None = config.get(group)
    return node if node and node["_target_"] != NONE[group] and _metrics(node["_target_"]) else None


def name_in(choice: str, node: Mapping[str, Any]) -> str:
    """What people call it: the choice, or the dotted name of one of the user's own."""
    return str(node["_target_"]) if choice == "none" else choice


def declared_of(group: str, node: Mapping[str, Any]) -> dict[str, Metric]:
    """{key of a row: its metric} of a calculation or a probe."""
    return {f"{PREFIX[group]}/{metric.name}": metric for metric in _metrics(node["_target_"])}


def task_of_calculation(node: Mapping[str, Any]) -> Task:
    """What a calculation measures, as a task declares it."""
    return Task(
        name=GROUP,
        target="real",
        baseline="",
        measures="",
        quality=_metrics(node["_target_"]),
        label_noise=(),
    )


def check_alone(choices: Mapping[str, str], said: Sequence[str]) -> None:
    """Raise ConfigError for an override that speaks of training, beside a calculation."""
    for override in said:
        key = key_of(override)
        if not any(key == own or key.startswith((f"{own}.", f"{own}/")) for own in BESIDE):
            raise ConfigError(
                f"{override} with calculation={choices[GROUP]}: nothing is trained; what fits: {GROUP}.*, "
                f"{', '.join(BESIDE[1:-2])}.*"
            )


def known(name: str, key: str) -> Metric:
    """The metric of this name that is measured of some seed. Raises ConfigError, which names the key that asks."""
    every = {**_measured(GROUP), **_measured(PROBE), **DECLARED}
    if name not in every:
        raise ConfigError(f"{key}={name}: no metric of that name is declared; {nearest(name, every, MOST)}")
    return every[name]


@cache
def _measured(group: str) -> dict[str, Metric]:
    """{key of a row: its metric} of all calculations or all probes of conf/."""
    files = sorted((HOME / "conf" / group).glob("*.yaml"))
    targets = [target for file in files for target in TARGET.findall(file.read_text(encoding="utf-8"))]
    nodes = ({"_target_": target} for target in targets if target != NONE[group])
    return {key: metric for node in nodes for key, metric in declared_of(group, node).items()}


@cache
def _metrics(target: str) -> tuple[Metric, ...]:
    """The metrics that the file of a calculation or a probe declares. Raises ConfigError."""
    declared = constant(target, METRICS, None)
    if not isinstance(declared, dict) or not declared:
        raise ConfigError(f"{target}: its file must declare {METRICS} = {{name: (better, range, unit)}}")
    return tuple(_read(target, declared))


def _read(target: str, declared: Mapping[str, Any]) -> Iterator[Metric]:
    for name, said in declared.items():
        try:
            better, interval, unit = said
            low, high = (float(end) for end in interval[1:-1].split(","))
            yield Metric(name, better, low, high, unit)
        except (TypeError, ValueError) as error:
            hint = '("lower", "[0, inf)", "nats")'
            raise ConfigError(f"{target}: {METRICS}[{name!r}] is {said!r}; must be such as {hint} ({error})") from error
