"""A group of keys of a file, checked: no key is unknown or lacks, and each value is of its type."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.console.errors import ConfigError, nearest
from runner.nodes.signature import check


def known(prefix: str, said: Any, kinds: Mapping[str, Any], optional: Sequence[str]) -> dict[str, Any]:
    """The group that a file says, checked. Raises ConfigError for a key that is unknown, missing or wrong."""
    if not isinstance(said, Mapping):
        raise ConfigError(f"{prefix.rstrip('.') or 'the file'}: must be a group of keys: {', '.join(kinds)}")
    for key in said:
        if key not in kinds:
            raise ConfigError(f"{prefix}{key}: there is no such key; {nearest(str(key), kinds)}")
    for key in kinds:
        if key not in said and key not in optional:
            raise ConfigError(f"{prefix}{key} is missing")
    return {key: _checked(prefix + key, value, kinds[key]) for key, value in said.items()}


def _checked(key: str, value: Any, kind: Any) -> Any:
    if kind is not dict:
        return check(key, value, kind)
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key}: must be a group of keys")
    return dict(value)
