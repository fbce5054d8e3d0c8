"""The schema under conf/config.yaml: every key with its type and range. The numbers are in the YAML."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from runner.compose.identity import PART, named
from runner.compose.numbers import numbers_of
from runner.compose.wandb_environment import MODES
from runner.console.errors import ConfigError, nearest
from runner.nodes.build import check_node, check_nodes
from runner.nodes.parts import admit
from runner.nodes.signature import check

Positive = Annotated[int, "[1, inf)"]
Share = Annotated[float, "[0, 1]"]


Threads = Annotated[int, "[1, 1024]"]


@dataclass
class Wandb:
    mode: Annotated[str, Literal[MODES]] = MISSING
    project: str = MISSING
    entity: str | None = MISSING
    group: str | None = MISSING
    tags: list[str] = MISSING


@dataclass
class Exec:
    """What does not change a result."""

    device: str = MISSING
    stack: Annotated[Any, Literal["auto"] | Positive] = MISSING
    chunk: Positive | None = MISSING
    compile: Annotated[Any, bool | Literal["reduce-overhead", "max-autotune"]] = MISSING
    channels_last: bool = MISSING
    progress: Annotated[str, Literal["auto", "bar", "lines", "none"]] = MISSING
    data_root: str = MISSING
    download: bool = MISSING
    stream: Annotated[Any, Literal["auto"] | bool] = MISSING
    workers: Positive = MISSING
    checkpoint_every: Annotated[Any, Literal["auto"] | Annotated[int, "[0, inf)"]] = MISSING
    keep_network: bool = MISSING
    mixed_code: bool = MISSING
    own: list[str] = MISSING
    most: Positive = MISSING
    wandb: Wandb = field(default_factory=Wandb)


@dataclass
class Config:
    """One experiment. A field of type Any is a group: a node with a `_target_`."""

    dataset: Any = MISSING
    classes: list[int] | None = MISSING
    model: Any = MISSING
    loss: Any = MISSING
    optimizer: Any = MISSING
    schedule: Any = MISSING
    noise_type: Any = MISSING
    imbalance_type: Any = MISSING
    sampler: Any = MISSING
    augment: Any = MISSING
    method: Any = MISSING
    regularizer: Any = MISSING
    risk: Any = MISSING
    noise: Share = MISSING
    imbalance: Annotated[float, "[1, inf)"] = MISSING
    seed: Annotated[int, "[0, inf)"] = MISSING
    seeds: Positive = MISSING
    noise_seed: Annotated[int, "[0, inf)"] | None = MISSING
    epochs: Positive = MISSING
    batch_size: Positive = MISSING
    precision: Annotated[str, Literal["float32", "bf16"]] = MISSING
    grad_clip: Annotated[float, "(0, inf)"] | None = MISSING
    val_fraction: Annotated[float, "[0, 1)"] = MISSING
    val_labels: Annotated[Any, Literal["given", True]] = MISSING
    few_shot: Positive = MISSING
    many_shot: Positive = MISSING
    eval_every: Positive = MISSING
    eval_train: Positive | None = MISSING
    store: str = MISSING
    dry: bool = MISSING
    exec: Exec = field(default_factory=Exec)


@dataclass
class Pool:
    """conf/hydra/launcher/pool.yaml."""

    jobs: Annotated[Any, Literal["auto"] | Threads] = MISSING
    threads: Annotated[Any, Literal["auto"] | Threads] = MISSING
    limit: Annotated[float, "(0, inf)"] | None = MISSING
    retries: Annotated[int, "[0, inf)"] = MISSING


BOOKKEEPING = ("seed", "seeds", "store", "dry", "exec")  # of which a result does not depend, once the seed is named
DATA = (  # on which depends what a seed is trained on
    "dataset", "classes", "noise", "noise_type", "noise_seed", "imbalance", "imbalance_type", "val_fraction",
    "val_labels",
)  # fmt: skip
MACHINE = (  # of exec, what run() is told
    "device", "compile", "channels_last", "data_root", "download", "stream", "workers", "checkpoint_every",
    "keep_network",
)  # fmt: skip
SEVERAL = ("regularizer",)  # groups of which there may be several, or none
GROUPS = tuple(f.name for f in fields(Config) if f.type is Any)

POOL = "hydra_plugins.seedwise.PoolLauncher"

ConfigStore.instance().store(name="schema", node=Config)


def question(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a result depends on, but for the seed."""
    return {key: value for key, value in config.items() if key not in BOOKKEEPING}


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """What names a cell: its question, how often its numbers moved, and what is in the files that it names."""
    asked = named(question(config))
    files = {key: contents(path) for key, path in _files("", asked, config["exec"]["data_root"])}
    return asked | {"numbers": numbers_of(asked)} | ({"files": files} if files else {})


def _files(prefix: str, node: Mapping[str, Any], data_root: str) -> Iterator[tuple[str, Path]]:
    """The keys of a question whose values are files or folders that are there, as given or in data_root."""
    from datasets.places import place  # the package is light, but what answers at once names none of its kin

    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _files(f"{prefix}{key}.", value, data_root)
        elif isinstance(value, str) and value and key != PART and (path := place(value, data_root)):
            yield prefix + key, path


def contents(path: Path) -> str:
    """A hash of what is in a file, or of the names and sizes of all that is in a folder."""
    try:
        if path.is_file():
            return _sha256(path, path.stat().st_mtime_ns)
        listing = sorted(f"{p.relative_to(path)} {p.stat().st_size}" for p in path.rglob("*") if p.is_file())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()


@cache
def _sha256(path: Path, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def data_question(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the examples and labels of a seed depend on."""
    return {key: config[key] for key in DATA}


def seeds_of(config: Mapping[str, Any]) -> range:
    """The seeds that are asked for."""
    return range(config["seed"], config["seed"] + config["seeds"])


def machine(config: Mapping[str, Any]) -> dict[str, Any]:
    """What run() is told of where and how to compute."""
    return {key: config["exec"][key] for key in MACHINE}


def check_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved configuration, with numbers as its schema has them.

    Raises:
        ConfigError: a key is unknown, or a value of a wrong type or out of range.
    """
    settings = config.get("exec")
    if isinstance(settings, Mapping) and "own" in settings:
        admit(check("exec.own", settings["own"], list[str]))
    return _checked("", config, Config)


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


def _checked(prefix: str, node: Any, schema: Any) -> dict[str, Any]:
    kinds = get_type_hints(schema, include_extras=True)
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
