"""A key that is searched: space.<key>=log(a,b), uniform(a,b), int(a,b) or choice(x,y,...)."""

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser

from runner.compose.schema import BOOKKEEPING, DATA
from runner.compose.size import length
from runner.console.errors import ConfigError, nearest
from runner.nodes.signature import shown

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

MOST = 1000  # values of a choice
FORMS = {
    "log": "log(a,b), numbers with 0 < a < b",
    "uniform": "uniform(a,b), numbers with a < b",
    "int": "int(a,b), whole numbers with a < b",
    "choice": f"choice(x,y,...), up to {MOST} of them",
}
OUTER = 0.1  # the share of a range that is one of its ends
DIGITS = 4  # of a number that is drawn: enough to try, and few enough to say again


class Dimension(NamedTuple):
    """One key that is searched.

    Attributes:
        said: as on the command line.
        form: one of FORMS.
        values: of a choice all, as Hydra is told them; else the lowest and the highest.
    """

    said: str
    form: str
    values: tuple[Any, ...]

    @property
    def text(self) -> str:
        """What stands after `space.<key>=`."""
        return self.said.partition("=")[2]

    @property
    def distribution(self) -> "BaseDistribution":
        """The same for Optuna."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        low, high = self.values[0], self.values[-1]
        match self.form:
            case "choice":
                return CategoricalDistribution(self.values)
            case "int":
                return IntDistribution(low, high)
            case _:
                return FloatDistribution(low, high, log=self.form == "log")

    def rounded(self, value: Any) -> Any:
        """A number that was drawn, to DIGITS digits; anything else as it is.

        >>> dimension("optimizer.lr", "log(1e-3,1)").rounded(0.0123456)
        0.01235
        """
        if not isinstance(value, float):
            return value
        return min(max(float(f"{value:.{DIGITS}g}"), self.values[0]), self.values[-1])

    def told(self, value: Any) -> Any:
        """A value of a configuration as trials have theirs: the choice that means the same, or else as YAML has it.

        >>> dimension("loss.q", "choice(null,0.1)").told(0.1), dimension("loss.q", "choice(null,0.1)").told(None)
        ('0.1', 'null')
        >>> dimension("optimizer.lr", "log(1e-3,1)").told(1), dimension("batch_size", "int(8,64)").told(32)
        (1.0, 32)
        """
        if self.form == "choice" or (number := _number(value)) is None:
            return next((each for each in self.values if _same(each, value)), shown(value))
        return value if self.form == "int" else number

    def holds(self, value: Any) -> bool:
        """Can this value have been drawn?"""
        if self.form == "choice":
            return str(value) in self.values
        number = _number(value)
        return number is not None and self.values[0] <= number <= self.values[-1]

    def end(self, said: str) -> str:
        """At which end of the numbers that are searched a value lies, "lowest" or "highest"; "" where at none.

        The ends of a range are its outer tenths. "outside" of a value that cannot have been drawn.

        >>> lr = dimension("optimizer.lr", "log(1e-3,1)")
        >>> lr.end("0.0019"), lr.end("0.5"), lr.end("0.1"), lr.end("2")
        ('lowest', '', '', 'outside')
        >>> dimension("loss.q", "choice(null,0.2,0.7)").end("0.7"), dimension("model", "choice(mlp,cnn)").end("cnn")
        ('highest', '')
        """
        if not self.holds(said):
            return "outside"
        numbers = sorted(number for value in self.values if (number := _number(value)) is not None)
        value = _number(said)
        if value is None or not numbers:
            return ""
        measure, outer = math.log if self.form == "log" else float, OUTER * (self.form != "choice")
        low, high = measure(numbers[0]), measure(numbers[-1])
        if measure(value) <= low + outer * (high - low):
            return "lowest"
        return "highest" if measure(value) >= high - outer * (high - low) else ""


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (ValueError, TypeError):
        return None


def _same(said: Any, value: Any) -> bool:
    """Is what Hydra is told this value? Numbers are compared as numbers."""
    number = None if isinstance(value, bool) else _number(value)
    return said == shown(value) or (number is not None and _number(said) == number)


def dimension(key: str, text: str) -> Dimension:
    """What stands after `space.<key>=`. Raises ConfigError if it cannot be understood or is not to be searched.

    >>> dimension("optimizer.lr", "log(1e-3,1)").values, dimension("grad_clip", "choice(null,5)").values
    ((0.001, 1.0), ('null', '5'))
    """
    said = f"space.{key}={text}"
    parts = re.fullmatch(r"(\w+)\((.*)\)", text)
    if not parts or parts[1] not in FORMS:
        hint = f"{nearest(parts[1], FORMS)}; " if parts else ""
        raise ConfigError(f"{said}: {hint}a space is {'; '.join(FORMS.values())}")
    if (owner := key.partition(".")[0]) in (*BOOKKEEPING, *DATA):
        raise ConfigError(f"{said}: {owner} is given, and not for a search to choose")
    form, inner = parts.groups()
    values: tuple[Any, ...] = _listed(inner) if form == "choice" else _ends(inner, int if form == "int" else float)
    if not values or (form == "log" and values[0] <= 0):
        raise ConfigError(f"{said}: must be {FORMS[form]}")
    return Dimension(said, form, values)


def _listed(text: str) -> tuple[str, ...]:
    """What stands between commas, as Hydra reads it; nothing if it cannot, or for more than MOST values."""
    try:
        parsed = OverridesParser.create().parse_override(f"value={text}")
        if parsed.is_discrete_sweep():
            return tuple(dict.fromkeys(parsed.sweep_string_iterator())) if length(parsed) <= MOST else ()
    except Exception:  # Hydra's own, and what it did not foresee
        return ()
    return (text,) if text and not parsed.is_sweep_override() else ()


def _ends(text: str, kind: type[int] | type[float]) -> tuple[Any, ...]:
    """Two numbers in order; nothing if they are not."""
    try:
        low, high = map(kind, text.split(","))
    except ValueError:
        return ()
    return (low, high) if low < high and math.isfinite(low) and math.isfinite(high) else ()
