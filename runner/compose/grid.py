"""A grid, composed fast: Hydra composes each set of choices once, and what else is said is applied to copies of it."""

import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from hydra import compose
from hydra._internal import defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl  # Hydra's own rules, which it has in no public place
from hydra._internal.config_repository import ConfigRepository
from hydra.core.default_element import InputDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override, OverrideType
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

# a text that names no other value, and is there; of the environment resolvers of ours know
ALONE = re.compile(r"(?!\?\?\?$)[^$]*|\$\{wandb(_mode)?:[^${}]*\}")


class Composed(NamedTuple):
    """What overrides are composed to.

    Attributes:
        config: without Hydra's own node; the caller's to change where it is to be resolved.
        resolved: what it resolves to, as plain dicts, where that is known; not to be changed.
        choices: {group or group@package: the name of its file}, as in hydra.runtime.choices.
        launcher: hydra.launcher.
    """

    config: DictConfig
    resolved: Mapping[str, Any] | None
    choices: dict[str, Any]
    launcher: dict[str, Any]


class Composer:
    """compose("config", ...) for one list of overrides after the other, while Hydra is initialized.

    A composition takes a twentieth of a second, spent on finding and merging files. Which files these are only choices
    of groups decide; the other overrides, values, Hydra applies to the merged files, and we to a copy of them. Where no
    value names another, what they resolve to is found once, and a cell differs from the one before in a few values.
    """

    def __init__(self) -> None:
        loader = GlobalHydra.instance().config_loader()
        assert isinstance(loader, ConfigLoaderImpl)
        loader.repository = self._repository = _ReadOnce(loader.config_search_path)
        self._groups: dict[str, bool] = {}
        self._resolved: dict[tuple[str, ...], dict[str, Any] | None] = {}
        self._before: _Cell | None = None

    def __call__(self, overrides: Sequence[Override]) -> Composed:
        """As compose() of the same overrides, with what that raises: HydraException, OmegaConfBaseException."""
        choices: list[Override] = []
        values: list[Override] = []
        for override in overrides:
            (values if self._is_value(override) else choices).append(override)
        if any(_for_hydra(value) for value in values):
            choices, values = list(overrides), []
        said = tuple(str(choice.input_line) for choice in choices)
        merged, chosen, launcher = _merged(said)
        before, self._before = self._before, None  # which is half changed where a value is refused
        if before and before.choices == said and _like(before.values, values):
            changed = [new for old, new in zip(before.values, values, strict=True) if new.input_line != old.input_line]
            config = before.config
            resolved: dict[str, Any] | None = before.resolved
        else:
            config, changed = pickle.loads(merged), values
            if said not in self._resolved:
                self._resolved[said] = _alone(config)
            resolved = self._resolved[said]
        ConfigLoaderImpl._apply_overrides_to_config(changed, config)
        if found := resolved and _with(resolved, changed, config):
            self._before = _Cell(said, values, config, found)
        return Composed(config, found, dict(chosen), dict(launcher))

    def _is_value(self, override: Override) -> bool:
        """Hydra's own distinction."""
        key = override.key_or_group
        if key not in self._groups:
            self._groups[key] = self._repository.group_exists(key)
        return not self._groups[key] or isinstance(override.value(), dict)


class _Cell(NamedTuple):
    """One that was composed, of which the next one is made."""

    choices: tuple[str, ...]
    values: Sequence[Override]
    config: DictConfig
    resolved: dict[str, Any]


def _like(values: Sequence[Override], others: Sequence[Override]) -> bool:
    """Do they give the same keys numbers and texts, each once and in the same order?"""
    keys = [value.key_or_group for value in values]
    return keys == [other.key_or_group for other in others] and len({*keys}) == len(keys) and all(map(_gives, others))


def _for_hydra(value: Override) -> bool:
    """Is it more than a value of ours: where files are found, or (to be refused) several values?"""
    return value.key_or_group.partition(".")[0] == "hydra" or value.is_sweep_override()


def _alone(config: DictConfig) -> dict[str, Any] | None:
    """What a configuration resolves to, None where some value of it names another one, lacks, or cannot be."""
    if not all(ALONE.fullmatch(text) for text in _texts(OmegaConf.to_container(config))):
        return None
    try:
        resolved: Any = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException:
        return None
    return dict(resolved)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts(each)
    elif isinstance(node, str):
        yield node


def _with(resolved: Mapping[str, Any], values: Sequence[Override], config: DictConfig) -> dict[str, Any] | None:
    """What a configuration resolves to, from what it did before these values were applied to it; None where one of them
    does more than give another number or text to a key that has one."""
    found = dict(resolved)
    for value in values:
        *path, key = value.key_or_group.split(".")
        place: dict[str, Any] = found
        node: Any = config
        for name in path:
            if not isinstance(place.get(name), dict):
                return None
            place[name] = place = dict(place[name])
            node = node._get_node(name)
        if not _gives(value) or key not in place or isinstance(place[key], dict | list):
            return None
        place[key] = node._get_node(key)._value()
    return found


def _gives(value: Override) -> bool:
    """Does it give a key a number or a text that names no other, and nothing else?"""
    said = value.value()
    plain = said is None or isinstance(said, bool | int | float) or (isinstance(said, str) and ALONE.fullmatch(said))
    return value.type is OverrideType.CHANGE and value.package is None and bool(plain)


class _ReadOnce(ConfigRepository):
    """Hydra's files, each read and parsed once in a process, and not once for each composition that it is in."""

    def load_config(self, config_path: str) -> ConfigResult | None:
        place = (*(source.full_path() for source in self.sources), config_path)
        if place not in _READ:
            if (found := super().load_config(config_path)) is None:
                return None
            _READ[place] = pickle.dumps(found)
        result: ConfigResult = pickle.loads(_READ[place])
        return result


_READ: dict[tuple[str, ...], bytes] = {}


def _choices_where_asked(overrides: Any, defaults: list[InputDefault], self_added: bool) -> DictConfig | None:
    """The choices for defaults such as `base: ${model}`. Hydra collects them for each file, whether it has one or not,
    which takes a quarter of a composition."""
    asked = any(default.is_interpolation() for default in defaults)
    return _choices(overrides, defaults, self_added) if asked else None


_choices = defaults_list._create_interpolation_map
defaults_list._create_interpolation_map = _choices_where_asked  # type: ignore[assignment]


@cache
def _merged(said: tuple[str, ...]) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    config = compose("config", overrides=list(said), return_hydra_config=True)
    chosen: Any = OmegaConf.to_container(config.hydra.runtime.choices)
    launcher: Any = OmegaConf.to_container(config.hydra.launcher)
    with open_dict(config):
        del config["hydra"]
    return pickle.dumps(config), chosen, launcher  # unpickling makes a copy in a fifth of the time that deepcopy takes
