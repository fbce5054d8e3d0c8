"""A grid, composed fast: Hydra composes each set of choices once, and what else is said is applied to copies of it."""

import pickle
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from hydra import compose
from hydra._internal import defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl  # Hydra's own rules, which it has in no public place
from hydra._internal.config_repository import ConfigRepository
from hydra.core.default_element import InputDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf, open_dict


class Composed(NamedTuple):
    """What overrides are composed to.

    Attributes:
        config: without Hydra's own node; the caller's to change.
        choices: {group or group@package: the name of its file}, as in hydra.runtime.choices.
        launcher: hydra.launcher.
    """

    config: DictConfig
    choices: dict[str, Any]
    launcher: dict[str, Any]


class Composer:
    """compose("config", ...) for one list of overrides after the other, while Hydra is initialized.

    A composition takes a twentieth of a second, spent on finding and merging files. Which files these are only choices
    of groups decide; the other overrides, values, Hydra applies to the merged files, and we to a copy of them.
    """

    def __init__(self) -> None:
        loader = GlobalHydra.instance().config_loader()
        assert isinstance(loader, ConfigLoaderImpl)
        loader.repository = self._repository = _ReadOnce(loader.config_search_path)
        self._groups: dict[str, bool] = {}

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
        config = pickle.loads(merged)
        ConfigLoaderImpl._apply_overrides_to_config(values, config)
        return Composed(config, dict(chosen), dict(launcher))

    def _is_value(self, override: Override) -> bool:
        """Hydra's own distinction."""
        key = override.key_or_group
        if key not in self._groups:
            self._groups[key] = self._repository.group_exists(key)
        return not self._groups[key] or isinstance(override.value(), dict)


def _for_hydra(value: Override) -> bool:
    """Is it more than a value of ours: where files are found, or (to be refused) several values?"""
    return value.key_or_group.partition(".")[0] == "hydra" or value.is_sweep_override()


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
