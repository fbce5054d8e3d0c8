"""What a data set asks to be predicted: what its targets are, and how predictions are measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from runner.tasks.metric import Metric

OBJECTIVE = "train/objective"
ALWAYS = {  # what is measured whatever the task
    "seconds": Metric("seconds", "lower", 0.0, inf, "s"),
    OBJECTIVE: Metric("objective", "lower", -inf, inf, ""),
}

HELD_OUT = ("val", "test", "calibrated", "adapted")  # splits that a network was not trained on


@dataclass(frozen=True)
class Extra:
    """Metrics that are measured where the key `measure` names them: they cost, or few ask for them.

    Attributes:
        name: as `measure` says it.
        splits: where they are measured, "train", "val", "test", "calibrated" or "adapted".
        metrics: their declarations.
        of_environments: are they of a data set that says which environment each test example is from?
    """

    name: str
    splits: tuple[str, ...]
    metrics: tuple[Metric, ...]
    of_environments: bool = False


@dataclass(frozen=True)
class Task:
    """A declaration. Adding one is a file in declared/, its line in families.py, and its `measures`.

    Attributes:
        name: as data sets, losses and methods say it, "regression".
        target: what an example has: a "class" of K (N,) int64, "real" numbers (N, D) float32, or "bits" (N, L) float32,
            1 for a label that is present, 0 for one that is not, -1 for one that training is not told.
        trained_as: tasks whose losses, methods, regularizers and risks may be trained with as well.
        standardised: are real targets brought to mean 0 and deviation 1 for losses?
        baseline: the loss that one would use without thinking, which reports compare others with.
        measures: the dotted name of the class that computes the metrics, a runner.contracts.measures.Measures; imported
            when a seed is trained.
        quality: metrics of validation and test examples. The first is the primary one: reports, tuning, progress and
            the choice of an epoch look at it where nothing else is said.
        label_noise: metrics of training examples, whose clean targets the runner knows.
        groups: metrics of parts of the test examples.
        environments: metrics of the environments of validation and test examples, where the data set has them.
        calibrated: metrics of the test examples after a calibrator; none where there is no calibrator.
        adapted: metrics of the test examples while networks adapt to them; none where they cannot.
        extras: what may be measured beside all these.
        told: does training see the targets? Where it does not, none can be changed by noise.
        paired: is an input two halves (2, ...)? Then methods say so by naming the task.
        size: how many numbers an example has, None for any number of them.
        changed_as: how a noise type asks for the targets; "" where it is as of others of this kind.
        bounded: metrics of `quality` that stay finite as long as a seed has not diverged.
    """

    name: str
    target: Literal["class", "real", "bits"]
    baseline: str
    measures: str
    quality: tuple[Metric, ...]
    label_noise: tuple[Metric, ...]
    groups: tuple[Metric, ...] = ()
    environments: tuple[Metric, ...] = ()
    calibrated: tuple[Metric, ...] = ()
    adapted: tuple[Metric, ...] = ()
    extras: tuple[Extra, ...] = ()
    bounded: tuple[str, ...] = ()
    trained_as: tuple[str, ...] = ()
    standardised: bool = True
    told: bool = True
    paired: bool = False
    size: int | None = None
    changed_as: str = ""

    @property
    def taken(self) -> frozenset[str]:
        """The tasks whose losses, methods, regularizers and risks it may be trained with."""
        return frozenset({self.name, *self.trained_as})

    @property
    def primary(self) -> str:
        """The metric that is looked at where nothing else is said, "accuracy"."""
        return self.quality[0].name

    @property
    def judge(self) -> str:
        """What trials of a tuning are judged by where nothing else is said, "val/accuracy"."""
        return f"val/{self.primary}"

    @property
    def declared(self) -> Mapping[str, Metric]:
        """{key of a row: its metric}, all that a seed of this task may have."""
        return self.on({})

    def on(self, optimum: Mapping[str, float]) -> Mapping[str, Metric]:
        """The same on a data set whose best possible value of some metrics is known."""
        return ALWAYS | {
            f"{part}/{metric.name}": replace(metric, optimum=optimum.get(metric.name) if part != "train" else None)
            for part, metrics in (
                ("train", self.label_noise),
                ("val", (*self.quality, *self.environments)),
                ("test", (*self.quality, *self.groups, *self.environments)),
                ("calibrated", self.calibrated),
                ("adapted", self.adapted),
                *((split, extra.metrics) for extra in self.extras for split in extra.splits),
            )
            for metric in metrics
        }

    def extra_of(self, key: str) -> str | None:
        """The one of `extras` that measures this key of a row, None where it needs none."""
        part, _, name = key.partition("/")
        for extra in self.extras:
            if part in extra.splits and name in [metric.name for metric in extra.metrics]:
                return extra.name
        return None

    @property
    def diverged(self) -> tuple[str, ...]:
        """Keys of a row whose values stay finite and small as long as a seed has not diverged."""
        return (OBJECTIVE, *(f"{part}/{name}" for name in self.bounded for part in ("test", "val")))
