"""From the data part of a configuration to what its seeds are trained on: load, thin out, change, hold out, curate."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from datasets.environments.left_out import of_seed
from datasets.split import Split, fingerprint, view
from runner.compose.schema import DataConfig, MachineConfig
from runner.console.errors import ConfigError
from runner.data.curate import curated
from runner.data.protocol import Prepared, protocol
from runner.data.resample import resampled
from runner.data.streams import keys
from runner.data.targets import check_task
from runner.nodes.build import bind, build

Node = Mapping[str, Any]


def prepare(data: DataConfig, seeds: Sequence[int], machine: MachineConfig) -> tuple[Prepared, str]:
    """The examples of every seed, on the CPU, and the hash of the data set.

    Raises:
        ConfigError: it cannot be as asked.
    """
    if own_split(data) and len(seeds) > 1:
        raise ConfigError(f"{_divided_by(data)}: seeds are prepared one at a time, for each has its own examples")
    split, data_hash = load(data, machine, seeds[0])
    where = {"data_root": machine.data_root, "download": machine.download}
    try:
        prepared = protocol(
            split,
            seeds,
            noise=data.noise,
            noise_type=bind("noise_type", data.noise_type, **where),
            noise_seed=data.noise_seed,
            split_seed=data.split_seed,
            imbalance=data.imbalance,
            imbalance_type=bind("imbalance_type", data.imbalance_type),
            val_fraction=data.val_fraction,
            val_labels=data.val_labels,
        )
        prepared = curated(prepared, keys(seeds, data.split_seed), bind("curation", data.curation))
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(str(error)) from error
    return prepared, data_hash


def own_split(data: DataConfig) -> bool:
    """Has each seed its own test part, or its own classes or environments for training? Then they may differ in
    number."""
    return bool(_divided_by(data) and data.split_seed is None)


def _divided_by(data: DataConfig) -> str:
    """What divides the examples by `split_seed` in parts whose sizes differ, "" where nothing does."""
    if data.resample != "none":
        return f"resample={data.resample}"
    for key in ("fold", "validated_on"):
        if data.dataset.get(key) == "seed":
            return f"dataset.{key}=seed"
    return "task.held_out=classes" if data.val_fraction and data.task.get("held_out") == "classes" else ""


def load(data: DataConfig, machine: MachineConfig, seed: int = 0) -> tuple[Split, str]:
    """A data set, or some classes of it, as the task asks for it, and the hash of all its numbers as it was before.

    The last one is remembered, for the next cell often asks again.

    Args:
        seed: whose test part it has, where each seed has its own; the hash is that of seed 0 then, for all seeds.
    """
    where = (machine.data_root, machine.download)
    (key,) = keys([seed], data.split_seed)
    if data.resample != "none":
        return _resampled(data, where, key)
    first, own = (_asked(_of_seed(data.dataset, number), data.classes, data.task) for number in (0, key))
    split, data_hash = _load(own, *where)
    return split, data_hash if own == first else _hash(first, *where)


def _of_seed(dataset: Node, key: int) -> Node:
    """A data set with what each seed has of its own: its fold, and the environment that it is validated on."""
    own = {"fold": key, "validated_on": of_seed(key)}
    return {**dataset, **{name: value for name, value in own.items() if dataset.get(name) == "seed"}}


def hash_of_test(data: DataConfig, machine: MachineConfig, seed: int = 0) -> str:
    """The hash of the test examples of a seed, in their order: of what `load` gives, inputs and targets."""
    split = load(data, machine, seed)[0]
    return fingerprint(split.test_x, split.test_y, *([] if split.truth is None else [split.truth]))


def _resampled(data: DataConfig, where: tuple[str, bool], key: int) -> tuple[Split, str]:
    """A data set divided anew, and the hash of it as it was."""
    if data.dataset.get("fold") == "seed":
        raise ConfigError(f"resample={data.resample}: goes without dataset.fold=seed, which divides the examples too")
    split, data_hash = _load(_asked(_of_seed(data.dataset, key), data.classes, None), *where)
    try:
        divided = resampled(split, data.resample, key).checked()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return _as_task(divided, data.task), data_hash


def _asked(dataset: Node, classes: Sequence[int] | None, task: Node | None) -> str:
    """What is remembered is asked for by a text; without a task, as the data set is."""
    return json.dumps([dataset, classes, task])


@lru_cache(maxsize=1)
def _load(asked: str, data_root: str, download: bool) -> tuple[Split, str]:
    return _made(asked, data_root, download)


@lru_cache(maxsize=1)
def _hash(asked: str, data_root: str, download: bool) -> str:
    return _made(asked, data_root, download)[1]


def _made(asked: str, data_root: str, download: bool) -> tuple[Split, str]:
    dataset, classes, task = json.loads(asked)
    split: Split = build("dataset", dataset, data_root=data_root, download=download)
    try:
        check_task(split, dataset.get("task", "classification"))
        split = split.checked()
    except ValueError as error:
        raise ConfigError(f"dataset ({dataset['_target_']}): {error}") from error
    if classes is not None:
        try:
            split = view(split, classes)
        except ValueError as error:
            raise ConfigError(f"classes={classes}: {error}") from error
    own = [each for each in (split.given, split.truth) if each is not None]
    data_hash = fingerprint(split.x, split.y, split.test_x, split.test_y, *own)
    return (split if task is None else _as_task(split, task)), data_hash


def _as_task(split: Split, task: Node) -> Split:
    try:
        asked: Split = bind("task", task)(split)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return asked
