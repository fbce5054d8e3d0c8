"""What the numbers of a seed are: which way is better, between which bounds, in which unit.

Every number that training makes is declared by its task, and no other reaches a store. A seed keeps the declarations of
its metrics, so that reports, claims, tuning and pictures know them from what they read, and never guess from a name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from math import inf, isinf
from typing import Any, Literal

SLACK = 1e-6  # of a bound: float32, and packed numbers of nine digits
SPELT = {
    "nll": "NLL", "ece": "ECE", "brier": "Brier score", "aurc": "AURC", "auroc": "AUROC", "f1": "F1",
    "rmse": "RMSE", "mae": "MAE", "r2": "R2", "crps": "CRPS", "nlpd": "NLPD", "map": "mAP", "lrap": "LRAP",
    "bce": "BCE", "iou": "IoU", "nc1": "NC1", "nc2": "NC2", "nc3": "NC3", "nc4": "NC4", "opis": "OPIS",
    "memorised": "memorized labels", "corrected": "corrected labels",
}  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """A declaration.

    Attributes:
        name: without the split, "accuracy".
        better: is more of it better, "higher", or less, "lower"?
        low, high: what it can be; -inf and inf where it has no bound. What lies between 0 and 1 is shown in %.
        unit: "share", "nats", "s", ...; "" where it has none.
        optimum: the best that any prediction of this data set could reach on examples without end, where that is known.
            Two metrics that differ in it alone are equal.

    Raises:
        ValueError: one of them cannot be.
    """

    name: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    unit: str
    optimum: float | None = field(default=None, compare=False)

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

    def whole(self, value: float) -> str:
        """A value for people, with its unit.

        >>> share("accuracy", "higher").whole(0.5), Metric("rmse", "lower", 0.0, inf, "cm").whole(0.5)
        ('50.00%', '0.5000 cm')
        """
        apart = "" if self.shown_unit == "%" else " "
        return f"{self.text(value)}{apart}{self.shown_unit}".rstrip()


def share(name: str, better: Literal["higher", "lower"]) -> Metric:
    """A metric between 0 and 1, shown in %."""
    return Metric(name, better, 0.0, 1.0, "share")


def in_words(key: str) -> str:
    """A key of a row as people read it.

    >>> in_words("test/accuracy"), in_words("train/flip_auroc"), in_words("train/memorised")
    ('test accuracy', 'train flip AUROC', 'train memorized labels')
    """
    return " ".join(SPELT.get(word, word) for word in re.split("[/_]", key))


def primary(keys: Iterable[str]) -> str:
    """The metric that is looked at where nothing else is said: the first of the test examples, or else of validation.

    >>> primary(["seconds", "val/rmse", "test/rmse", "test/mae"])
    'rmse'
    """
    named = [key.partition("/")[::2] for key in keys]
    return next((name for wanted in ("test", "val") for part, name in named if part == wanted), "")


def shown(keys: Iterable[str]) -> str:
    """The key of a row that is looked at where nothing else is said: the primary metric of test examples, or the first
    of a probe; "" where there is neither.

    >>> shown(["seconds", "test/rmse", "test/mae"]), shown(["seconds", "probe/nc1", "probe/nc2"])
    ('test/rmse', 'probe/nc1')
    """
    every = list(keys)
    name = primary(every)
    return f"test/{name}" if name else next((key for key in every if key.startswith("probe/")), "")


def titled(key: str, metric: Metric) -> str:
    """The same with its unit, and with the direction where lower is better: a column head, or what a caption is about.

    >>> titled("test/nll", Metric("nll", "lower", 0.0, inf, "nats"))
    'test NLL (nats, lower is better)'
    """
    beside = ", ".join(filter(None, (metric.shown_unit, "" if metric.higher else "lower is better")))
    return in_words(key) + (f" ({beside})" if beside else "")


def written(metrics: Mapping[str, Metric]) -> dict[str, dict[str, Any]]:
    """Declarations as JSON has them, without their names; null where there is no bound."""
    found = {}
    for key, each in metrics.items():
        its = {name: None if value in (-inf, inf) else value for name, value in asdict(each).items() if name != "name"}
        found[key] = {name: value for name, value in its.items() if name != "optimum" or value is not None}
    return found


def declarations(said: Mapping[str, Any]) -> dict[str, Metric]:
    """What was written. Raises ValueError that says what of it never was."""
    found = {}
    for key, each in said.items():
        try:
            found[key] = _metric(key, each["better"], each["low"], each["high"], each["unit"], each.get("optimum"))
        except KeyError as error:
            raise ValueError(f"{key}: {error.args[0]} is missing") from error
        except (TypeError, OverflowError) as error:
            raise ValueError(f"{key}: {each!r} is no declaration") from error
    return found


@cache  # a store has a hundred thousand seeds of the same metrics
def _metric(key: str, better: Any, low: float | None, high: float | None, unit: str, optimum: float | None) -> Metric:
    bounds = -inf if low is None else float(low), inf if high is None else float(high)
    best = None if optimum is None else float(optimum)
    return Metric(key.partition("/")[2] or key, better, *bounds, str(unit), best)
