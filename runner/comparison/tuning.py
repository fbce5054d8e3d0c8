"""How an objective was tuned: its space, its trials and what they selected, as it is kept beside results."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

from runner.console.errors import ConfigError
from runner.nodes.group import known
from runner.nodes.signature import check
from runner.tasks.families import DECLARED, TASKS
from runner.tasks.metric import Metric

JUDGES = tuple(name for name in DECLARED if name.startswith("val/"))  # what trials can be judged by
ENDED = ("done", "diverged", "failed")  # the worst last
SAMPLERS: dict[str, dict[str, Any]] = {  # {sampler: its settings}
    "tpe": {"n_startup_trials": 10, "n_ei_candidates": 24},
    "random": {},
    "grid": {},
    "cross_entropy": {"population": 10, "elite": 0.3, "smoothing": 0.7},
    "ei_per_gradient": {"n_startup_trials": 10, "n_candidates": 1000},
}
STARTUP = "n_startup_trials"  # of SAMPLERS, which are quasi-random: the sampler has not seen enough to learn from
GRADIENTS = "gradients"  # what Optuna calls how many a trial took
SEARCH = {
    "select": Literal[JUDGES], "at": Literal["last", "best_val"], "sampler": Literal[tuple(SAMPLERS)], "seed": int,
}  # fmt: skip
KINDS: dict[str, Any] = {
    "objective": str, "chosen": list[str], "space": dict, "overrides": list[str], "search": dict, "settings": dict,
    "trials": list[Any], "defaults": float | None, "lost": list[str],
}  # fmt: skip


class Search(NamedTuple):
    """How trials are drawn and judged.

    Attributes:
        select: the metric, one of JUDGES.
        at: which row of a seed counts, one of runner.tasks.selection.RULES.
        sampler: one of SAMPLERS.
        seed: of the sampler.
    """

    select: str
    at: str
    sampler: str
    seed: int

    @property
    def metric(self) -> Metric:
        """What it is, as training declares it."""
        return DECLARED[self.select]

    @property
    def settings(self) -> dict[str, Any]:
        """Which trial is the first, how those are drawn before anything is learnt, and what the sampler is told."""
        own = SAMPLERS[self.sampler]
        return {"first": "defaults", **({"startup": "halton"} if STARTUP in own else {}), **own}

    @property
    def primary(self) -> str:
        """The primary metric of what is judged, by which the best epoch is known."""
        return next(task.primary for task in TASKS.values() if self.select in task.declared)


class Trial(NamedTuple):
    """A trial that has ended.

    Attributes:
        values: {key: value} of what is searched.
        value: what it came to by what trials are judged by; None where it came to nothing.
        state: one of ENDED.
    """

    values: Mapping[str, Any]
    value: float | None
    state: str

    @property
    def overrides(self) -> list[str]:
        return [f"{key}={value}" for key, value in self.values.items()]


def best(trials: Sequence[Trial], search: Search) -> Trial | None:
    """The trial to select, the first of equally good ones; None where none came to anything."""
    valued = [(trial.value, trial) for trial in trials if trial.value is not None]
    pick = max if search.metric.higher else min
    return pick(valued, key=lambda each: each[0])[1] if valued else None


@dataclass(frozen=True)
class Tuning:
    """How an objective was tuned.

    Attributes:
        objective: what sets it apart from those that it was tuned beside.
        chosen: the overrides that its trials selected; empty where none came to anything.
        space: {key: what stood after space.<key>=}.
        overrides: what its trials had besides.
        search: how they were drawn and judged; None where that was not kept.
        settings: those of `search`; of older files, whose first trial was another draw, those of the sampler alone.
        trials: all of them; empty where they were not kept.
        defaults: what it came to at its defaults; None where it came to nothing or was not tried.
        lost: the objectives that it was tuned beside of which no trial came to anything.
    """

    objective: str
    chosen: Sequence[str]
    space: Mapping[str, str]
    overrides: Sequence[str] = field(default_factory=list)
    search: Search | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    trials: Sequence[Trial] = field(default_factory=list)
    defaults: float | None = None
    lost: Sequence[str] = field(default_factory=list)

    @property
    def rule(self) -> dict[str, Any]:
        """How its trials were drawn and judged, and the settings of that."""
        return {"search": self.search and self.search._asdict(), "settings": dict(self.settings)}

    @property
    def values(self) -> dict[str, str]:
        """{key: what was selected}."""
        return dict(each.partition("=")[::2] for each in self.chosen)

    @property
    def value(self) -> float | None:
        """The best that a trial came to, None where that was not kept."""
        selected = best(self.trials, self.search) if self.search else None
        return selected and selected.value

    @property
    def fruitless(self) -> bool:
        """Did none of its trials come to anything?"""
        return bool(self.trials) and self.value is None

    @property
    def begins_at_defaults(self) -> bool:
        """Is its first trial the configuration as it stands?"""
        return bool(self.trials) and self.settings.get("first") == "defaults"

    @property
    def unmoved(self) -> bool:
        """Did its defaults come to as much as the best of the other trials?"""
        return self.begins_at_defaults and self.value is not None and self.value == self.trials[0].value

    @property
    def drawn(self) -> str:
        """What its trials are, in words: "the defaults, then 9 quasi-random and 10 by tpe"; "" where nobody knows."""
        if self.search is None or not self.begins_at_defaults:
            return ""
        others = len(self.trials) - 1
        even = min(others, self.settings.get(STARTUP, 1) - 1)
        said = [f"{even} quasi-random"] * bool(even)
        said += [f"{others - even} by {self.search.sampler}"] * (others > even)
        return ", then ".join(["the defaults", *[" and ".join(said)] * bool(said)])

    @property
    def worse(self) -> bool:
        """Was it better at its defaults than in every trial? So it can be only where these are no trial."""
        if self.search is None or self.value is None or self.defaults is None:
            return False
        return better(self.defaults, self.value, self.search)

    @property
    def ends(self) -> dict[str, str]:
        """{key: "lowest" or "highest"} of what was selected at an end of its space; "outside" of defaults beyond it."""
        from runner.compose.dimension import dimension  # which imports Hydra

        found = {key: dimension(key, self.space[key]).end(value) for key, value in self.values.items()}
        return {key: end for key, end in found.items() if end}


def better(value: float, other: float, search: Search) -> bool:
    """Is one value of what trials are judged by better than another? Of nan, none is."""
    return value > other if search.metric.higher else value < other


def written(its: Tuning) -> dict[str, Any]:
    """As JSON has it: `tuning_of` makes the same of it."""
    kept = asdict(its) | {"trials": [list(trial) for trial in its.trials]}
    return {**kept, "search": its.search._asdict()} if its.search else {k: v for k, v in kept.items() if k != "search"}


def tuning_of(prefix: str, said: Any) -> Tuning:
    """What was written. Raises ConfigError, which names the key after `prefix`."""
    parts = known(prefix, said, KINDS, optional=("search",))
    search = Search(**known(f"{prefix}search.", parts["search"], SEARCH, ())) if "search" in parts else None
    trials = [_trial(f"{prefix}trials.{number}", each) for number, each in enumerate(parts["trials"])]
    its = Tuning(**parts | {"search": search, "trials": trials})
    _check(prefix, its)
    return its


def _trial(key: str, said: Any) -> Trial:
    if not (isinstance(said, list) and len(said) == 3 and isinstance(said[0], dict)):
        raise ConfigError(f"{key}: must be a list of values by keys, what it came to, and its state")
    return Trial(said[0], check(key, said[1], float | None), check(key, said[2], Literal[ENDED]))


def _check(prefix: str, its: Tuning) -> None:
    """Raise ConfigError where one part of it cannot be beside another."""
    from runner.compose.dimension import dimension  # which imports Hydra

    space = {key: dimension(key, check(f"{prefix}space.{key}", text, str)) for key, text in its.space.items()}
    of: dict[str, Mapping[str, Any]] = {} if its.fruitless else {"chosen": its.values}
    of |= {f"trials.{number}": trial.values for number, trial in enumerate(its.trials)}
    beyond = its.trials[0].overrides if its.begins_at_defaults else ()  # the defaults may be
    for what, values in of.items():
        if set(values) != set(space):
            raise ConfigError(f"{prefix}{what}: is of {', '.join(values)}, and the space of {', '.join(space)}")
        for key, value in values.items():
            if not space[key].holds(value) and f"{key}={value}" not in beyond:
                raise ConfigError(f"{prefix}{what}: {key}={value} is not in {space[key].said}")
    if its.trials and its.search is None:
        raise ConfigError(f"{prefix}search is missing: how the trials were judged")
    selected = best(its.trials, its.search) if its.search else None
    if its.trials and (selected.overrides if selected else []) != list(its.chosen):
        raise ConfigError(f"{prefix}chosen: {' '.join(its.chosen)} is not the best of its trials")
