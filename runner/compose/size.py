"""How much a command asks for, known before any of it is made."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from hydra.core.override_parser.types import Override, RangeSweep

from runner.console.errors import ConfigError
from runner.nodes.signature import number


def length(override: Override) -> int:
    """How many values it lists; 1 where it is no sweep.

    Raises:
        ConfigError: it lists none that could be counted.
    """
    _check(override)
    if not override.is_sweep_override():
        return 1
    its: Any = override.value()
    if not isinstance(its, RangeSweep):
        return sum(1 for _ in override.sweep_iterator())
    try:
        return max(0, ceil((Fraction(str(its.stop)) - Fraction(str(its.start))) / Fraction(str(its.step))))
    except (ArithmeticError, ValueError) as error:
        raise ConfigError(f"{override.input_line}: has no end; list the values to try") from error


def first_of(override: Override) -> str | None:
    """It with the first of its values; None if it lists none."""
    its: Any = override.value()
    if not length(override):
        return None
    if isinstance(its, RangeSweep):
        return f"{override.get_key_element()}={its.start}"
    return next(values_of(override))


def values_of(override: Override) -> Iterator[str]:
    """It with each of its values, as one would say it."""
    if not override.is_sweep_override():
        yield str(override.input_line)
        return
    for value, said in zip(override.sweep_iterator(), override.sweep_string_iterator(), strict=True):
        yield f"{override.get_key_element()}={number(value) if isinstance(value, float) else said}"


def _check(override: Override) -> None:
    if override.is_sweep_override() and not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: an interval has no end of values; list those to try")


def check_size(seeds: int, config: Mapping[str, Any], said: Sequence[str]) -> None:
    """Raise ConfigError for more seeds than exec.most allows.

    Args:
        seeds: of all cells together.
        config: of one of them.
        said: the overrides that ask for it.
    """
    most = config["exec"]["most"]
    if seeds > most:
        its = " ".join(word for word in said if word.startswith(("seed", "experiment")) or "," in word or "(" in word)
        raise ConfigError(
            f"{its or ' '.join(said)}: this asks for {seeds} seeds, and exec.most={most} is as many as one command may "
            f"ask for; if it is meant, exec.most={seeds}"
        )
