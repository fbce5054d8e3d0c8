"""A claim about objectives, and what seeds say of it. How claims are written: runner/claim_file.py."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import yaml

from runner.compose.calculated import GROUP
from runner.compose.flags import key_of
from runner.replication.verdict import FORMS, Finding
from runner.statistics.values import Array
from runner.tasks.metric import Metric

Place = tuple[str, str]  # an arm, and where along the key that a form looks at; "" where it looks at none
Values = Mapping[str, Mapping[Place, Mapping[int, Any]]]  # {metric: {place: {seed: value, or those (M,) of examples}}}


@dataclass(frozen=True)
class Scale:
    """Attributes: overrides: of every arm; seeds: how many."""

    overrides: Sequence[str]
    seeds: int


@dataclass(frozen=True)
class Tuned:
    """Attributes: trials: of each arm; overrides: of every trial; space: {key: as runner.tune has it}."""

    trials: int
    overrides: Sequence[str]
    space: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """What the file says; `name` is the file's."""

    name: str
    about: str
    paper: str
    published: str
    family: str
    grid: Sequence[str]
    arms: Mapping[str, Sequence[str]]
    expect: Mapping[str, Any]
    metric: str
    at: str
    level: float
    scales: Mapping[str, Scale]
    tuned: Tuned | None = None
    multiverse: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def form(self) -> str:
        return str(self.expect["form"])

    @property
    def calculated(self) -> bool:
        """Is it of what is calculated in place of training?"""
        said = [*self.grid, *(override for overrides in self.arms.values() for override in overrides)]
        return GROUP in map(key_of, said)

    @property
    def metrics(self) -> list[str]:
        """That its form looks at."""
        return [self.metric, *([self.expect["error"]] if self.form == "calibrated" else [])]

    @property
    def places(self) -> list[str]:
        """Where along a key its form looks, as overrides: "noise=0.2"; none where it looks along no key."""
        key = self.expect.get("over")
        return [f"{key}={value:.15g}" for value in self.expect["values"]] if key else []

    def cells(self, scale: str, universe: Sequence[str] = ()) -> dict[Place, list[str]]:
        """The overrides of each cell that it takes, with seeds.

        Args:
            universe: overrides beside its own, of a multiverse.
        """
        size = self.scales[scale]
        common = [*self.grid, *size.overrides, *universe]
        along = [(where, [where]) for where in self.places] or [("", [])]
        return {
            (arm, where): [*common, *overrides, *more, f"seeds={size.seeds}"]
            for arm, overrides in self.arms.items()
            for where, more in along
        }

    def with_seeds(self, count: int | None) -> "Claim":
        """The same with as many seeds at every scale; as it is, for None."""
        if count is None:
            return self
        return replace(self, scales={name: replace(size, seeds=count) for name, size in self.scales.items()})

    def part(self, scale: str, *, universe: bool, tuned: bool) -> "Claim":
        """Only what a finding rests on: its scale, and, where it is of a universe or tuned, what says so."""
        return replace(
            self,
            scales={name: size for name, size in self.scales.items() if name == scale},
            multiverse=self.multiverse if universe else {},
            tuned=self.tuned if tuned else None,
        )

    def universes(self) -> list[tuple[str, ...]]:
        """Every combination of the other choices."""
        choices = [[f"{key}={in_yaml(value)}" for value in values] for key, values in self.multiverse.items()]
        return list(product(*choices)) if choices else []

    def judge(self, values: Values, metrics: Mapping[str, Metric]) -> Finding:
        """What the values say, of the seeds that every place has. The effect is as measured, whichever way is better.

        Args:
            metrics: what they are, by name.
        """
        signs = {name: 1 if metric.higher else -1 for name, metric in metrics.items()}
        finding = FORMS[self.form](*self._arguments(values, signs), level=self.level)
        as_measured = self.form == "ranking" or metrics[self.metrics[-1]].higher  # a tau is of two orders
        return finding if as_measured else finding.turned()

    def _arguments(self, values: Values, signs: Mapping[str, int]) -> Iterator[Any]:
        expect, sign = self.expect, signs[self.metric]
        table = sign * _aligned(values, self.metric)
        places = list(values[self.metric])
        wheres = list(dict.fromkeys(where for _, where in places))
        first, *others = self.arms
        of = {place: table[:, i] for i, place in enumerate(places)}
        if self.form == "ranking":
            yield from (table, sign * np.array([float(expect["published"][arm]) for arm in self.arms]), expect["tau"])
            return
        if self.form == "bound":
            yield from (of[first, ""], sign * expect["least"])
            return
        apart = np.stack([of[first, where] - of[others[0], where] for where in wheres], axis=1)
        match self.form:
            case "better":
                yield from (apart[:, 0], expect["by"])
            case "trend":
                yield from (expect["values"], apart, expect["by"])
            case "crossing":
                yield from (apart[:, 0], apart[:, -1])
            case "equal":
                yield from (apart[:, 0], expect["margin"])
            case "calibrated":
                errors = signs[expect["error"]] * _aligned(values, expect["error"])
                yield from (errors[:, 0] - errors[:, 1], apart[:, 0], expect["margin"])


def _aligned(values: Values, metric: str) -> Array:
    """(n, places) of the seeds that every place has of every metric; (n, places, M) where values are of M examples."""
    common = set.intersection(*(set(found) for by_place in values.values() for found in by_place.values()))
    found = [[by_seed[seed] for by_seed in values[metric].values()] for seed in sorted(common)]
    table = np.array(found, dtype=np.float64)
    return table if table.ndim == 3 else table.reshape(len(common), len(values[metric]))


def in_yaml(value: Any) -> str:
    """A value as YAML has it, in one line.

    >>> in_yaml(0.5), in_yaml(["noise=0.4"]), in_yaml(None)
    ('0.5', '[noise=0.4]', 'null')
    """
    said = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=math.inf)
    return str(said).removesuffix("\n").removesuffix("\n...")
