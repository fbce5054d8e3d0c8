"""The schema under conf/config.yaml: every key with its type and range. The numbers are in the YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from runner.compose.wandb_environment import MODES
from runner.console.errors import ConfigError, nearest
from runner.nodes.build import check_node, check_nodes
from runner.nodes.parts import admit
from runner.nodes.signature import check

Positive = Annotated[int, "[1, inf)"]
Share = Annotated[float, "[0, 1]"]
Pinned = Annotated[int, "[0, inf)"] | None  # what a stream is keyed by for all seeds; None: by each seed
R = TypeVar("R")


Threads = Annotated[int, "[1, 1024]"]


@dataclass
class Wandb:
    mode: Annotated[str, Literal[MODES]] = MISSING
    project: str = MISSING
    entity: str | None = MISSING
    group: str | None = MISSING
    tags: list[str] = MISSING


@dataclass
class DataConfig:
    """What a seed is trained on. A field of type Any is a group: a node with a `_target_`."""

    dataset: Any = MISSING
    task: Any = MISSING
    classes: list[int] | None = MISSING
    noise: Share = MISSING
    noise_type: Any = MISSING
    noise_seed: Pinned = MISSING
    split_seed: Pinned = MISSING
    resample: Annotated[str, Literal["none", "bootstrap", "folds"]] = MISSING
    imbalance: Annotated[float, "[1, inf)"] = MISSING
    imbalance_type: Any = MISSING
    val_fraction: Annotated[float, "[0, 1)"] = MISSING
    val_labels: Annotated[Any, Literal["given", True]] = MISSING
    curation: Any = MISSING


@dataclass
class Recipe:
    """What a seed minimises; `regularizer` is several nodes by name."""

    model: Any = MISSING
    loss: Any = MISSING
    method: Any = MISSING
    regularizer: Any = MISSING
    risk: Any = MISSING
    precision: Annotated[str, Literal["float32", "bf16"]] = MISSING
    init_seed: Pinned = MISSING


@dataclass
class TrainingConfig:
    """How it is minimised, and what is measured on the way."""

    optimizer: Any = MISSING
    schedule: Any = MISSING
    average: Any = MISSING
    calibrator: Any = MISSING
    adaptation: Any = MISSING
    sampler: Any = MISSING
    augment: Any = MISSING
    order_seed: Pinned = MISSING
    augment_seed: Pinned = MISSING
    epochs: Positive = MISSING
    batch_size: Positive = MISSING
    grad_clip: Annotated[float, "(0, inf)"] | None = MISSING
    few_shot: Positive = MISSING
    many_shot: Positive = MISSING
    eval_every: Positive = MISSING
    eval_train: Positive | None = MISSING
    eval_flips: bool = MISSING
    measure: list[str] = MISSING


@dataclass
class Instead:
    """What takes the place of training: a calculation of that and of all that is said of it, a probe of that alone."""

    calculation: Any = MISSING
    probe: Any = MISSING


@dataclass
class MachineConfig:
    """Where and how a run computes, which does not change a result."""

    device: str = MISSING
    compile: Annotated[Any, bool | Literal["auto", "reduce-overhead", "max-autotune"]] = MISSING
    channels_last: bool = MISSING
    data_root: str = MISSING
    download: bool = MISSING
    stream: Annotated[Any, Literal["auto"] | bool] = MISSING
    workers: Positive = MISSING
    checkpoint_every: Annotated[Any, Literal["auto"] | Annotated[int, "[0, inf)"]] = MISSING
    keep_network: bool = MISSING

    @property
    def compiled(self) -> Any:
        """What `compile` says of the first step: False where it leaves that to later ("auto")."""
        return self.compile != "auto" and self.compile


@dataclass
class ExecConfig(MachineConfig):
    """All that does not change a result."""

    stack: Annotated[Any, Literal["auto"] | Positive] = MISSING
    chunk: Positive | None = MISSING
    progress: Annotated[str, Literal["auto", "bar", "lines", "none"]] = MISSING
    mixed_code: bool = MISSING
    own: list[str] = MISSING
    most: Positive = MISSING
    wandb: Wandb = field(default_factory=Wandb)


@dataclass
class Config(Instead, TrainingConfig, Recipe, DataConfig):
    """One experiment: the keys of conf/config.yaml. What stands here itself names no cell."""

    seed: Annotated[int, "[0, inf)"] = MISSING
    seeds: Positive = MISSING
    store: str = MISSING
    dry: bool = MISSING
    exec: ExecConfig = field(default_factory=ExecConfig)


@dataclass
class Pool:
    """conf/hydra/launcher/pool.yaml."""

    jobs: Annotated[Any, Literal["auto"] | Threads] = MISSING
    threads: Annotated[Any, Literal["auto"] | Threads] = MISSING
    limit: Annotated[float, "(0, inf)"] | None = MISSING
    retries: Annotated[int, "[0, inf)"] = MISSING


BOOKKEEPING = tuple(Config.__annotations__)  # of which a result does not depend, once the seed is named
DATA = tuple(DataConfig.__annotations__)
SEVERAL = ("regularizer",)  # groups of which there may be several, or none
GROUPS = tuple(f.name for f in fields(Config) if f.type is Any)

POOL = "hydra_plugins.seedwise.PoolLauncher"

ConfigStore.instance().store(name="schema", node=Config)


def record(kind: type[R], values: Mapping[str, Any]) -> R:
    """A record of the schema, from a checked configuration or a part of it."""
    return kind(**{name: values[name] for name in get_type_hints(kind)})


def check_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved configuration, with numbers as its schema has them.

    Raises:
        ConfigError: a key is unknown, or a value of a wrong type or out of range.
    """
    settings = config.get("exec")
    if isinstance(settings, Mapping) and "own" in settings:
        admit(check("exec.own", settings["own"], list[str]))
    checked = _checked("", config, Config)
    return checked | {"measure": sorted({*checked["measure"]})}  # in any order the same question


def check_launcher(settings: Mapping[str, Any]) -> None:
    """Raise ConfigError for what our launcher cannot do; others check what they are told themselves."""
    if settings.get("_target_") == POOL:
        _checked("hydra.launcher.", {key: value for key, value in settings.items() if key != "_target_"}, Pool)


def kind_of(key: str) -> Any:
    """The type of a dotted key of the schema, or None if it is not one of the schema's own.

    >>> kind_of("exec.download"), kind_of("loss.epsilon")
    (<class 'bool'>, None)
    """
    kind: Any = Config
    for name in key.split("."):
        kind = get_type_hints(kind, include_extras=True).get(name) if is_dataclass(kind) else None
    return kind


@cache
def _kinds(schema: Any) -> dict[str, Any]:
    """{key: its type}."""
    return get_type_hints(schema, include_extras=True)


def _checked(prefix: str, node: Any, schema: Any) -> dict[str, Any]:
    kinds = _kinds(schema)
    if not isinstance(node, Mapping):
        raise ConfigError(f"{prefix[:-1]}={node}: must be a group of keys: {', '.join(kinds)}")
    for name in node:
        if name not in kinds:
            raise ConfigError(f"{prefix}{name}={node[name]}: there is no such key; {nearest(name, kinds)}")
    checked = {}
    for name, kind in kinds.items():
        key = prefix + name
        if name not in node:
            raise ConfigError(f"{key} is missing; it cannot be deleted, {key}=... gives it a value")
        value = node[name]
        if kind is Any:
            checked[name] = check_nodes(key, value) if key in SEVERAL else check_node(key, value)
        elif is_dataclass(kind):
            checked[name] = _checked(f"{key}.", value, kind)
        else:
            checked[name] = check(key, value, kind)
    return checked
