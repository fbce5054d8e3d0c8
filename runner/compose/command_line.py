"""What a command line asks for: every cell of it composed and checked, before torch is imported or anything written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, OverrideType, ValueType
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    ValidationError,
)

from runner.compose.calculated import GROUP, PROBE, calculation_of, check_alone, name_in, probe_of
from runner.compose.cell_config import CellConfig, listed
from runner.compose.fit import MisfitError, check_fit
from runner.compose.grid import Composer
from runner.compose.hydra_keys import check_hydra
from runner.compose.identity import digest
from runner.compose.schema import GROUPS, POOL, SEVERAL, check_config, check_launcher, kind_of
from runner.compose.size import check_size, first_of, length, values_of
from runner.console.errors import ConfigError, first_line, nearest
from runner.console.say import note
from runner.console.synonyms import OTHERWISE, meant
from runner.nodes.parts import admit
from runner.nodes.signature import misplaced, words

CONF = Path(__file__).resolve().parents[2] / "conf"
HYDRA: dict[str, Any] = (
    {} if hydra.__version__.startswith("1.4") else {"version_base": "1.3"}
)  # 1.4 warns if it is given, 1.3 if not
FOLDERS = ("experiment", "hydra/launcher")  # of conf/ that are chosen from, and are no part of a question
LONGEST = 200  # letters of a choice: it is the name of a file
TOO_DEEP = "its brackets lie too deep in each other"
LAUNCHERS = "pip install -e '.[cluster]' adds submitit_slurm, ray and joblib"


def compose_cells(overrides: Sequence[str], *, multirun: bool) -> list[CellConfig]:
    """The cells that the overrides ask for, in Hydra's order, each configuration once.

    Raises:
        ConfigError: for the first cell that cannot be, where there is none, and for more than exec.most allows.
    """
    listed.cache_clear()
    with initialize_config_dir(str(CONF), **HYDRA):
        composer = Composer()
        if not multirun:
            only = _cell(_parsed(overrides), composer)
            check_size(only.config["seeds"], only.config, only.overrides)
            return [only]
        return _swept(_parsed([*_swept_by_experiment(overrides), *overrides]), composer)


def _swept(overrides: Sequence[Override], composer: Composer) -> list[CellConfig]:
    """The cells of a grid; whether they are too many is known from the first, before there are others."""
    said = [str(override.input_line) for override in overrides]
    if any(first_of(override) is None for override in overrides):
        raise ConfigError(f"{' '.join(said)}: this asks for nothing: a list is empty, or a glob matches no name")
    cell = _first(overrides, composer)
    check_size(prod(map(length, overrides)) * cell.config["seeds"], cell.config, said)
    globs = [override.get_key_element() for override in overrides if _is_glob(override)]
    cells: dict[str, CellConfig] = {}
    seeds, left_out = 0, dict[str, None]()
    for combination in product(*map(_each, overrides)):
        try:
            cell = _cell(combination, composer)
        except MisfitError:
            if not globs:
                raise
            its = (str(override.input_line) for override in combination if override.get_key_element() in globs)
            left_out[" ".join(its)] = None
            continue
        seeds += cell.config["seeds"]
        check_size(seeds, cell.config, said)
        cells.setdefault(digest(cell.config), cell)
    if left_out:
        note(f"left out, as it does not fit (one alone says why): {', '.join(left_out)}")
    return list(cells.values())


def _first(overrides: Sequence[Override], composer: Composer) -> CellConfig:
    """The first cell: of what a glob matches, the first that fits. Raises MisfitError where none does."""
    firsts = (list(values_of(each)) if _is_glob(each) else [str(first_of(each))] for each in overrides)
    refused: MisfitError | None = None
    for combination in product(*firsts):
        try:
            return _cell(_parsed(combination), composer)
        except MisfitError as error:
            refused = error
    assert refused is not None
    raise refused


def _is_glob(override: Override) -> bool:
    """Does it ask for all choices of a kind, and not for each by name?"""
    return isinstance(override.value(), Glob)


def quoted(key: str, text: str) -> str:
    """An override that says a text, whatever is in it.

    >>> quoted("store", "it's, here")
    "store='it\\\\'s, here'"
    """
    inner = re.sub(r"(\\*)(?='|$)", r"\1\1", text).replace("'", r"\'")
    return f"{key}='{inner}'".replace("${", r"\${")


def plain(config: DictConfig) -> dict[str, Any]:
    """A composed configuration, resolved and checked, as plain dicts. Raises ConfigError."""
    try:
        resolved: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        raise ConfigError(f"{error.full_key} has no default and must be said: {error.full_key}=...") from error
    except OmegaConfBaseException as error:
        if own := _own(error):
            raise own from error
        raise ConfigError(f"{error.full_key}: {first_line(error)}") from error
    return checked(resolved)


def checked(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved configuration, checked. Raises ConfigError."""
    return check_config(_unsigned(resolved))


def _unsigned(value: Any) -> Any:
    """The value with every -0.0 in it as 0.0, which is the same number and would be another cell."""
    if isinstance(value, dict):
        return {key: _unsigned(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_unsigned(part) for part in value]
    return value + 0.0 if isinstance(value, float) else value


def _own(error: BaseException | None) -> ConfigError | None:
    """What a resolver of ours said, of which OmegaConf made an error of its own."""
    while error is not None and not isinstance(error, ConfigError):
        error = error.__context__
    return error


def _swept_by_experiment(overrides: Sequence[str]) -> list[str]:
    """What the chosen experiment sweeps (its hydra.sweeper.params) and the command line does not set itself."""
    parsed = _parsed(overrides)
    said = {override.get_key_element() for override in parsed}
    chosen = [str(o.input_line) for o in parsed if o.key_or_group == "experiment"]
    if not chosen:
        return []
    if any(o.is_sweep_override() for o in parsed if o.key_or_group == "experiment"):
        raise ConfigError(f"{chosen[0]}: one experiment at a time; each sweeps its own keys")
    with _one_line(chosen):
        params = compose("config", overrides=chosen, return_hydra_config=True).hydra.sweeper.params or {}
    return [f"{key}={values}" for key, values in params.items() if key not in said]


def _parsed(overrides: Sequence[str]) -> list[Override]:
    loader = GlobalHydra.instance().config_loader()
    parser = OverridesParser.create(config_loader=loader)
    return [_read(parser, override) for override in overrides]


def _each(override: Override) -> list[Override]:
    """An override with each of its values, as if one had said it. Numbers are not parsed again, which takes long."""
    said = list(values_of(override))
    shuffled = getattr(override.value(), "shuffle", False)  # in another order each time that it is asked
    if shuffled or not override.is_sweep_override() or override.type is not OverrideType.CHANGE or override.package:
        return _parsed(said)
    values = list(override.sweep_iterator())
    return [
        replace(override, value_type=ValueType.ELEMENT, _value=value, input_line=its)
        if type(value) in (int, float)
        else _parsed([its])[0]
        for value, its in zip(values, said, strict=True)
    ]


def _read(parser: OverridesParser, said: str) -> Override:
    try:
        return parser.parse_overrides([said])[0]
    except RecursionError as error:
        raise ConfigError(f"{said}: {TOO_DEEP}") from error
    except OverrideParseException as error:
        reason = first_line(error)
        key, _, value = said.partition("=")
        if value and reason.startswith("LexerNoViableAltException"):  # a character such as ~ outside of quotes
            quoted = value.replace("'", "\\'")
            raise ConfigError(f"{said}: cannot be read; quote its value, \"{key}='{quoted}'\"") from error
        raise ConfigError(f"{said}: not understood ({reason}); an override is key=value") from error
    except Exception as error:  # what Hydra did not foresee
        raise ConfigError(f"{said}: not understood ({first_line(error)})") from error


def _cell(overrides: Sequence[Override], composer: Composer) -> CellConfig:
    for override in overrides:
        check_hydra(override)
        if override.key_or_group in (*GROUPS, *FOLDERS) and not override.is_sweep_override():
            _check_choice(override)
    said = [str(override.input_line) for override in overrides]
    with _one_line(said):
        composed = composer(overrides)
    check_launcher(composed.launcher)
    config = plain(composed.config) if composed.resolved is None else checked(composed.resolved)
    choices = choices_of(composed.choices, config)
    if calculation_of(config):
        check_alone(choices, said)
    else:
        check_fit(config, choices)
    return CellConfig(config, choices, said)


def _check_choice(override: Override) -> None:
    """Raise ConfigError if it names neither one nor, where there may be several, a list; and for names in a list."""
    group, chosen = override.key_or_group, override.value()
    if isinstance(chosen, str) and not override.is_delete():
        _check_name(group, chosen)
        return
    if group in FOLDERS:
        return  # which may be null, or deleted
    options = _options(group)
    if group not in SEVERAL or not isinstance(chosen, list) or not chosen:
        several = ", or several in a list" if group in SEVERAL else ""
        raise ConfigError(f"{override.input_line}: must be one {group}{several}; {nearest('', options)}")
    if len(set(map(str, chosen))) < len(chosen):
        raise ConfigError(f"{override.input_line}: names one {group} twice")
    for name in chosen:
        if name not in options:
            raise ConfigError(f"{override.input_line}: there is no {group} {name}; {nearest(str(name), options)}")


def _options(group: str) -> list[str]:
    """The names of a group, which Hydra looks up in hundredths of a second."""
    return GlobalHydra.instance().config_loader().get_group_options(group)


def _check_name(group: str, name: str) -> None:
    """Raise ConfigError for a path to a file that is a choice by another name, which would be another cell."""
    if name.endswith((".yaml", ".yml")) or not name or {"", ".", ".."} & set(name.split("/")) or len(name) > LONGEST:
        stem = Path(name[:LONGEST]).stem
        raise ConfigError(f"{group}={name}: there is no {group} of this name; {nearest(stem, _options(group))}")


def choices_of(chosen: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    """{"loss": "logit_clip", "loss.base": "gce", ...}: what was chosen for each group, and for groups within groups. Of
    what is calculated in place of training that alone: {"calculation": "best_of_n"}.

    Args:
        chosen: Hydra's runtime.choices, in which a group with several choices is missing.
        config: what they were composed to.
    """
    places = {key.rpartition("@")[2]: str(choice) for key, choice in chosen.items()}
    named = {place: choice for place, choice in places.items() if place.partition(".")[0] in GROUPS}
    if calculation := calculation_of(config):
        return {GROUP: name_in(named[GROUP], calculation)}
    if probe := probe_of(config):
        named[PROBE] = name_in(named[PROBE], probe)
    return named | {group: "+".join(config[group]) or "none" for group in SEVERAL}


@contextmanager
def _one_line(overrides: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise _explained(error, overrides) from error
    except RecursionError as error:
        raise ConfigError(f"{max(overrides, key=len)}: {TOO_DEEP}") from error
    except Exception as error:  # what Hydra did not foresee
        raise ConfigError(f"{' '.join(overrides)}: Hydra cannot apply it ({first_line(error)})") from error


def _explained(error: Exception, overrides: Sequence[str]) -> ConfigError:
    """Hydra's or OmegaConf's complaint as one line: what is wrong, and what would be right."""
    cause = error.__cause__
    if isinstance(error, MissingConfigException) and error.options is not None:
        group, _, name = str(error.missing_cfg_file).rpartition("/")
        hint = nearest(name, error.options) + (group == "hydra/launcher") * f"; {LAUNCHERS}"
        return ConfigError(f"{group}={name}: there is no such {group}; {hint}")
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        key = str(cause.full_key).rpartition(".")[2]
        if cause.full_key and str(cause.full_key).rpartition(".")[0] in SEVERAL:
            group = str(cause.full_key).rpartition(".")[0]
            return ConfigError(f"{cause.full_key}: is not chosen; {group}={key} does, {group}=[{key},...] with others")
        siblings = [str(k) for k in cause.parent_node or () if k not in ("hydra", "_target_")]
        said = next((o for o in overrides if o.startswith(f"{cause.full_key}=")), cause.full_key)
        made = str((cause.parent_node or {}).get("_target_") or "")
        if made and made != POOL and (why := _misplaced(cause.parent_node, made, key)):
            return ConfigError(f"{said}: {why}")
        return ConfigError(f"{said}: there is no such key; {_instead(cause, key, siblings)}")
    message = first_line(error)
    if isinstance(cause, ValidationError):
        kind = kind_of(str(cause.full_key))
        allowed = f"must be {words(kind)}" if kind else first_line(cause)
        return ConfigError(f"{message.removeprefix('Error merging override ')}: {allowed}")
    if message.startswith("Ambiguous value"):
        return ConfigError(f"{message.split(chr(39))[1]}: several values are a sweep, which needs --multirun (-m)")
    return ConfigError(_blamed(message, overrides))


def _instead(cause: Any, key: str, siblings: Sequence[str]) -> str:
    """What may have been meant by a key that is not there: another beside it, one elsewhere, or another choice."""
    if said := OTHERWISE.get(str(cause.full_key)):
        return f"did you mean {said}?"
    elsewhere = [place for place in _keys(cause.parent_node) if meant(key, [place.rpartition(".")[2]])]
    if elsewhere and not meant(key, siblings):
        return f"did you mean {' or '.join(elsewhere)}?"
    if not siblings:
        return f"the chosen {cause.full_key.rpartition('.')[0]} takes no arguments"
    return nearest(key, siblings)


def _blamed(message: str, overrides: Sequence[str]) -> str:
    """A complaint, after the overrides that it is about: those that it names by key, or else by value."""
    if any(override in message for override in overrides):
        return message
    parts = [override.lstrip("+~").partition("=")[::2] for override in overrides]
    named = [[said for said, its in zip(overrides, parts, strict=True) if its[i] and its[i] in message] for i in (0, 1)]
    return f"{' '.join(named[0] or named[1] or overrides)}: {message}"


def _misplaced(node: DictConfig, target: str, key: str) -> str:
    root: Any = node._get_root()
    admit(root.exec.own or ())  # which what is composed would be checked with
    return misplaced(target, key)


def _keys(node: DictConfig | None) -> Iterator[str]:
    """All keys of the configuration that a node is of, but for Hydra's own."""
    root: Any = OmegaConf.to_container(node._get_root(), resolve=False) if node is not None else {}
    nodes = [("", {name: part for name, part in root.items() if name != "hydra"})]
    for prefix, its in nodes:
        yield from (f"{prefix}{name}" for name in its)
        nodes += [(f"{prefix}{name}.", part) for name, part in its.items() if isinstance(part, dict)]
