"""What the numbers of a seed are: which way is better, between which bounds, in which unit.

Every number that training makes (metrics.py, evaluate.py and events.py in runner/training/) is declared here, and no
other reaches a store. A seed keeps the declarations of its metrics, so that reports, claims, tuning and pictures know
them from what they read, and never guess from a name. No torch is imported here.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from math import inf, isinf
from typing import Any, Literal

from runner.console.errors import ConfigError, nearest

SLACK = 1e-6  # of a bound: float32, and packed numbers of nine digits
SPELT = {"nll": "NLL", "ece": "ECE", "brier": "Brier score", "aurc": "AURC", "auroc": "AUROC", "f1": "F1"}


@dataclass(frozen=True)
class Metric:
    """A declaration.

    Attributes:
        name: without the split, "accuracy".
        better: is more of it better, "higher", or less, "lower"?
        low, high: what it can be; -inf and inf where it has no bound. What lies between 0 and 1 is shown in %.
        unit: "share", "nats", "s", ...; "" where it has none.

    Raises:
        ValueError: one of them cannot be.
    """

    name: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    unit: str

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise ValueError(f"{self.name}: better={self.better} must be higher or lower")
        if not self.low < self.high:
            raise ValueError(f"{self.name}: low={self.low} must be below high={self.high}")

    @property
    def higher(self) -> bool:
        """Is more of it better?"""
        return self.better == "higher"

    @property
    def worst(self) -> float | None:
        """The worst that it can be, None where that has no bound.

        >>> Metric("accuracy", "higher", 0.0, 1.0, "share").worst, Metric("nll", "lower", 0.0, inf, "nats").worst
        (0.0, None)
        """
        end = self.low if self.higher else self.high
        return None if isinf(end) else end

    @property
    def scale(self) -> float:
        """What to multiply by for people: 100 between 0 and 1, else 1."""
        return 100 if (self.low, self.high) == (0, 1) else 1

    @property
    def digits(self) -> int:
        """That people read after the point."""
        return 2 if self.scale == 100 else 4

    @property
    def shown_unit(self) -> str:
        """The unit of what people read, "%" of what is shown so."""
        return "%" if self.scale == 100 else self.unit

    @property
    def described(self) -> str:
        """As a sentence has it: "higher is better, 0 to 1, share"."""
        return ", ".join(filter(None, (f"{self.better} is better", f"{self.low:g} to {self.high:g}", self.unit)))

    def holds(self, value: float) -> bool:
        """Is a value within the bounds?"""
        return self.low - SLACK * max(1, abs(self.low)) <= value <= self.high + SLACK * max(1, abs(self.high))

    def text(self, value: float) -> str:
        """A value for people, without its unit."""
        return f"{self.scale * value:.{self.digits}f}"


def _share(name: str, better: Literal["higher", "lower"]) -> Metric:
    return Metric(name, better, 0.0, 1.0, "share")


QUALITY = (
    _share("accuracy", "higher"),
    _share("balanced_accuracy", "higher"),
    _share("macro_f1", "higher"),
    _share("worst_class_recall", "higher"),
    Metric("nll", "lower", 0.0, inf, "nats"),
    _share("ece", "lower"),
    Metric("brier", "lower", 0.0, 2.0, ""),
    _share("aurc", "lower"),
)
MEMORY = (
    _share("accuracy_given", "higher"),
    _share("accuracy_true", "higher"),
    _share("memorised", "lower"),
    _share("corrected", "higher"),
    _share("flip_auroc", "higher"),
)
GROUPS = (
    _share("many_shot_accuracy", "higher"),
    _share("medium_shot_accuracy", "higher"),
    _share("few_shot_accuracy", "higher"),
    _share("worst_domain_accuracy", "higher"),
)
DECLARED: Mapping[str, Metric] = {
    "seconds": Metric("seconds", "lower", 0.0, inf, "s"),
    "train/objective": Metric("objective", "lower", -inf, inf, ""),
    **{f"train/{each.name}": each for each in MEMORY},
    **{f"val/{each.name}": each for each in QUALITY},
    **{f"test/{each.name}": each for each in (*QUALITY, *GROUPS)},
}


def in_words(key: str) -> str:
    """A key of a row as people read it.

    >>> in_words("test/accuracy"), in_words("train/flip_auroc")
    ('test accuracy', 'train flip AUROC')
    """
    return " ".join(SPELT.get(word, word) for word in re.split("[/_]", key))


def titled(key: str, metric: Metric) -> str:
    """The same with its unit, and with the direction where lower is better: a column head, or what a caption is about.

    >>> titled("test/accuracy", DECLARED["test/accuracy"]), titled("test/nll", DECLARED["test/nll"])
    ('test accuracy (%)', 'test NLL (nats, lower is better)')
    """
    beside = ", ".join(filter(None, (metric.shown_unit, "" if metric.higher else "lower is better")))
    return in_words(key) + (f" ({beside})" if beside else "")


def known(name: str, key: str) -> Metric:
    """The metric of this name that training measures. Raises ConfigError, which names the key that asks for it."""
    if name not in DECLARED:
        raise ConfigError(f"{key}={name}: no metric of that name is declared; {nearest(name, DECLARED)}")
    return DECLARED[name]


def written(metrics: Mapping[str, Metric]) -> dict[str, dict[str, Any]]:
    """Declarations as JSON has them, without their names; null where there is no bound."""
    return {
        key: {name: None if value in (-inf, inf) else value for name, value in asdict(each).items() if name != "name"}
        for key, each in metrics.items()
    }


def declarations(said: Mapping[str, Any]) -> dict[str, Metric]:
    """What was written. Raises ValueError that says what of it never was."""
    found = {}
    for key, each in said.items():
        try:
            found[key] = _metric(key, each["better"], each["low"], each["high"], each["unit"])
        except KeyError as error:
            raise ValueError(f"{key}: {error.args[0]} is missing") from error
        except (TypeError, OverflowError) as error:
            raise ValueError(f"{key}: {each!r} is no declaration") from error
    return found


@cache  # a store has a hundred thousand seeds of the same metrics
def _metric(key: str, better: Any, low: float | None, high: float | None, unit: str) -> Metric:
    bounds = -inf if low is None else float(low), inf if high is None else float(high)
    return Metric(key.partition("/")[2] or key, better, *bounds, str(unit))
