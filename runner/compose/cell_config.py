"""One cell of a command: composed and checked once, and asked by all for what they need of it."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from shlex import join
from stat import S_ISREG
from typing import Any

from runner.compose.calculated import APART, GROUP, NONE, PROBE, calculation_of, probe_of
from runner.compose.fit import task_of
from runner.compose.flags import key_of
from runner.compose.identity import PART, named
from runner.compose.numbers import numbers_of
from runner.compose.schema import BOOKKEEPING, DataConfig, ExecConfig, Recipe, TrainingConfig, Wandb, record
from runner.console.errors import ConfigError
from runner.tasks.task import Task


@dataclass(frozen=True)
class CellConfig:
    """A resolved and checked configuration, with all of its seeds.

    Attributes:
        config: as plain dicts.
        choices: {group: the name of its file}, such as {"loss": "logit_clip", "loss.base": "gce"}.
        overrides: what was said of it on the command line.
    """

    config: Mapping[str, Any]
    choices: Mapping[str, str]
    overrides: Sequence[str]

    @cached_property
    def data(self) -> DataConfig:
        return record(DataConfig, self.config)

    @cached_property
    def recipe(self) -> Recipe:
        return record(Recipe, self.config)

    @cached_property
    def training(self) -> TrainingConfig:
        return record(TrainingConfig, self.config)

    @cached_property
    def exec(self) -> ExecConfig:
        settings = self.config["exec"]
        return record(ExecConfig, {**settings, "wandb": record(Wandb, settings["wandb"])})

    @property
    def task(self) -> Task:
        """What is learnt."""
        return task_of(self.config)

    @property
    def store(self) -> str:
        return str(self.config["store"])

    @property
    def seeds(self) -> range:
        """The seeds that are asked for."""
        return range(self.config["seed"], self.config["seed"] + self.config["seeds"])

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What names it: what a result depends on but for the seed, how often its numbers moved, and what is in the
        files that it names."""
        fields = named({key: value for key, value in self.config.items() if self._names(key)})
        files = {key: contents(path) for key, path in _files("", fields, self.exec.data_root)}
        return fields | {"numbers": numbers_of(fields)} | ({"files": files} if files else {})

    def _names(self, key: str) -> bool:
        """Does a result depend on a key? Of what is calculated on that alone: nothing is trained."""
        return key == GROUP if self.calculates else key not in BOOKKEEPING

    @property
    def calculates(self) -> bool:
        """Is something calculated in place of training?"""
        return calculation_of(self.config) is not None

    @property
    def probes(self) -> bool:
        """Is something measured of stored networks in place of training?"""
        return probe_of(self.config) is not None

    @property
    def trains(self) -> bool:
        """Are its seeds trained, and nothing in place of that?"""
        return not (self.calculates or self.probes)

    def check_trained(self, why: str) -> None:
        """Raise ConfigError, which says why that is wrong, where something takes the place of training."""
        if not self.trains:
            group = GROUP if self.calculates else PROBE
            raise ConfigError(f"{group}={self.choices[group]}: nothing is trained, and {why}; must be none")

    @property
    def probed(self) -> "CellConfig":
        """Of a probe, the cell whose networks it looks at, which keeps them."""
        config = {**self.config, PROBE: {"_target_": NONE[PROBE]}}
        config["exec"] = {**self.config["exec"], "keep_network": True}
        overrides = [*without(self.overrides, PROBE, "dry", "exec.keep_network"), "exec.keep_network=true"]
        return CellConfig(config, {**self.choices, PROBE: "none"}, overrides)

    @property
    def apart(self) -> int:
        """Of a probe of two networks, how far the seed of the other one is; 0 of any other cell."""
        return int(self.config[PROBE].get(APART, 0))

    @property
    def epochs(self) -> int:
        """How many a seed has; what takes the place of training is one."""
        return self.training.epochs if self.trains else 1

    @property
    def data_identity(self) -> dict[str, Any]:
        """What the examples and labels of a seed depend on."""
        return named(vars(self.data))

    @property
    def title(self) -> str:
        return title(self.overrides)

    @property
    def command(self) -> str:
        """What asks for it again, without its seeds."""
        return command(without(self.overrides, "seed", "seeds", "dry", "hydra"))

    @property
    def keeping(self) -> str:
        """What trains its seeds and keeps their networks."""
        return command([*without(self.overrides, "dry", "hydra"), "exec.keep_network=true"])

    def command_of(self, seed: int) -> str:
        """What computes one of its seeds again."""
        return f"{self.command} seed={seed} seeds=1"

    def of_seeds(self, seeds: Sequence[int]) -> "CellConfig":
        """The same with these consecutive seeds alone."""
        return replace(self, config={**self.config, "seed": seeds[0], "seeds": len(seeds)})

    def in_chunks(self, size: int) -> "CellConfig":
        """The same with tasks of so many seeds."""
        return replace(self, config={**self.config, "exec": {**self.config["exec"], "chunk": size}})


def title(overrides: Sequence[str]) -> str:
    """Overrides without those that do not matter to a result.

    >>> title(["loss=gce", "seeds=10", "store=results"]), title(["seeds=10"])
    ('loss=gce', 'default run')
    """
    return " ".join(without(overrides, *BOOKKEEPING, "hydra")) or "default run"


def command(overrides: Sequence[str]) -> str:
    """The command line of these overrides, each key once: the last counts.

    >>> command(["epochs=30", "loss=gce", "epochs=2"])
    'python -m runner loss=gce epochs=2'
    """
    keys = [key_of(override) for override in overrides]
    last = [override for i, override in enumerate(overrides) if keys[i] not in keys[i + 1 :]]
    return join(["python", "-m", "runner", *last])


def without(overrides: Sequence[str], *keys: str) -> list[str]:
    """Overrides of none of these keys, nor of keys within them.

    >>> without(["loss=gce", "seed=3", "exec.wandb.mode=disabled", "hydra/launcher=basic"], "seed", "exec", "hydra")
    ['loss=gce']
    """
    return [override for override in overrides if not any(_within(key_of(override), key) for key in keys)]


def unless_said(defaults: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """Those of a command's own overrides whose keys the user's do not set.

    >>> unless_said(["dataset=blobs", "epochs=3"], ["dataset=digits", "dataset.root=a"])
    ['epochs=3']
    """
    return without(defaults, *map(key_of, overrides))


def _within(key: str, whole: str) -> bool:
    return key == whole or key.startswith((f"{whole}.", f"{whole}/", f"{whole}@"))


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
        return listed(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


@cache
def listed(folder: Path) -> str:
    """A hash of the names and sizes of all that is in a folder, as it was when this command first looked.

    Nothing but another look proves a listing fresh, for a file can grow where it is. So each command, and in a sweep
    each training, begins with `listed.cache_clear()`; all cells of one command are of the same state of a folder.
    """
    found = [
        line for place, _, names in os.walk(folder, onerror=_unless_closed) for line in _lines(folder, place, names)
    ]
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()


def _lines(folder: Path, place: str, names: Sequence[str]) -> Iterator[str]:
    """The paths of files within the folder, and their sizes."""
    own = Path(place)
    within = "" if own == folder else f"{own.relative_to(folder)}/"
    for name in names:
        with suppress(FileNotFoundError):  # a link to nothing
            its = (own / name).stat()
            if S_ISREG(its.st_mode):
                yield f"{within}{name} {its.st_size}"


def _unless_closed(error: OSError) -> None:
    """A folder that we may not look into has nothing that a data set could read."""
    if not isinstance(error, PermissionError):
        raise error


@cache
def _sha256(path: Path, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
