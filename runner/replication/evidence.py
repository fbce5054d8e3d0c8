"""What was measured for a claim or a published table, and what seeds say of a claim. How it is kept: runner/kept.py."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import isnan
from statistics import mean
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from runner.comparison.entry import WORST, Entry, entry
from runner.comparison.examples import UntoldError, common_seeds, side_by_side
from runner.comparison.notes.origins import origins
from runner.comparison.results import Result, declared
from runner.comparison.tuning import Tuning
from runner.compose.identity import digest
from runner.compose.numbers import CHANGES
from runner.replication.claim import Claim, Place, Scale, Values
from runner.replication.verdict import Finding, together
from runner.tasks.metric import Metric


class Asks(Protocol):
    """What has places with metrics: a claim, or a published table."""

    @property
    def name(self) -> str: ...
    @property
    def arms(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def metrics(self) -> list[str]: ...
    @property
    def at(self) -> str: ...
    @property
    def scales(self) -> Mapping[str, Scale]: ...
    def cells(self, scale: str, more: Sequence[str] = (), /) -> dict[Place, list[str]]: ...


A = TypeVar("A", bound=Asks)


class Judgement(NamedTuple):
    """Attributes: verdict: "holds", ...; together: with how many findings, itself among them, it was corrected."""

    verdict: str
    together: int


@dataclass(frozen=True)
class Evidence(Generic[A]):
    """What the seeds of a claim's cells came to.

    Attributes:
        asked: the claim or the table as it was when they were trained, as far as this rests on it.
        scale: of the runs.
        seeds: how many were asked for in place of those of the scale; None where it was as many.
        universe: overrides beside the claim's own, of a multiverse.
        tuned: {arm: what its trials selected, and which they were}; empty where arms are at their defaults.
        values: {metric: {place: {seed: value}}}; a diverged seed as in runner/comparison/entry.py.
        metrics: {metric: what it is}.
        diverged: what a diverged seed counts as, "worst", or "exclude".
        others: {state: how many} of the seeds that are not done.
        diverged_seeds: {place: the seeds that did}; of evidence that was kept without them only `others` counts them.
        seconds: that training all of it took, to a tenth.
        initial_gradient_norms: {arm: mean over seeds}: a better loss may just take a larger first step.
        origins: clauses on what of it was not made alike (runner/comparison/notes/origins.py); None where not kept.
        changes: how many of runner/compose/numbers.py there were when it was measured.
        look: which look at this question it is, from 1 on (runner/replication/looks.py).
        came_to: what was said of it when it was kept; None where it was not kept, or there was nothing to say.
        examples: as `values`, of each test example (M,), where it is judged over these as well; else empty.
        untold: why it is not, though it should be; else "".
    """

    asked: A
    scale: str
    values: Mapping[str, Mapping[Place, Mapping[int, float]]]
    metrics: Mapping[str, Metric]
    seeds: int | None = None
    universe: Sequence[str] = ()
    tuned: Mapping[str, Tuning] = field(default_factory=dict)
    diverged: str = WORST
    others: Mapping[str, int] = field(default_factory=dict)
    diverged_seeds: Mapping[Place, Sequence[int]] = field(default_factory=dict)
    seconds: float = 0.0
    initial_gradient_norms: Mapping[str, float] = field(default_factory=dict)
    origins: Sequence[str] | None = None
    changes: int = len(CHANGES)
    look: int = 1
    came_to: Judgement | None = field(default=None, compare=False)
    examples: Values = field(default_factory=dict, compare=False)
    untold: str = field(default="", compare=False)

    def entry(self, metric: str, place: Place) -> Entry:
        """What the seeds of a place came to."""
        by_seed = self.values[metric].get(place, {})
        return Entry(by_seed, diverged=frozenset(by_seed.keys() & set(self.diverged_seeds.get(place, ()))))

    @property
    def common(self) -> list[int]:
        """The seeds that every place has of every metric, which it is judged by."""
        found = [set(by_seed) for places in self.values.values() for by_seed in places.values()]
        return sorted(set.intersection(*found)) if found else []

    @property
    def undecided(self) -> str:
        """Why there is nothing to judge, in words; "" where there is."""
        if fruitless := [arm for arm, its in self.tuned.items() if its.fruitless]:
            return f"no trial of {' or '.join(fruitless)} came to anything"
        found = {metric: list(by_place.values()) for metric, by_place in self.values.items()}
        if not all(by_seed for places in found.values() for by_seed in places):
            return "no seeds"
        if not self.common:
            return "no seed in common"
        lost = [m for m, places in found.items() if any(isnan(v) for by_seed in places for v in by_seed.values())]
        if lost:
            return f"a seed diverged, and {lost[0]} has no worst value; diverged=exclude leaves it out"
        return self.untold


def evidence(
    asked: A,
    scale: str,
    results: Mapping[Place, Result],
    *,
    seeds: int | None = None,
    universe: Sequence[str] = (),
    tuned: Mapping[str, Tuning] | None = None,
    diverged: str = WORST,
    over: str = "seeds",
) -> Evidence[A]:
    """What results say, one of each place; with `over` "both", of each test example as well.

    Raises:
        ConfigError: they declare a metric differently.
    """
    metrics = {name: declared(results.values(), name) for name in asked.metrics}
    others: Counter[str] = Counter()
    diverged_seeds: dict[Place, list[int]] = {}
    values: dict[str, dict[Place, dict[int, float]]]
    values = {metric: {place: {} for place in asked.cells(scale)} for metric in asked.metrics}
    entries: dict[Place, Entry] = {}
    of_examples, untold = _by_example(asked, results, metrics, diverged) if over == "both" else ({}, "")
    for place, result in results.items():
        for metric in asked.metrics:
            entries[place] = entry(result, metric, metrics[metric], asked.at, diverged)
            values[metric][place] = dict(entries[place].values)
        others.update(outcome.state for outcome in result.outcomes.values() if outcome.state != "done")
        if lost := [seed for seed, outcome in result.outcomes.items() if outcome.state == "diverged"]:
            diverged_seeds[place] = lost
    took = [outcome.took for result in results.values() for outcome in result.outcomes.values() if outcome.took]
    return Evidence(
        asked,
        scale,
        values,
        metrics,
        seeds=seeds,
        universe=list(universe),
        tuned=dict(tuned or {}),
        diverged=diverged,
        others=dict(others),
        diverged_seeds=diverged_seeds,
        seconds=round(sum((each["seconds"] or 0) / (each.get("stack_size") or 1) for each in took), 1),
        origins=origins(entries, next(iter(asked.arms))),
        initial_gradient_norms={
            arm: norm for arm in asked.arms if (norm := _initial_gradient_norm(arm, results)) is not None
        },
        examples=of_examples,
        untold=untold,
    )


def _by_example(
    asked: Asks, results: Mapping[Place, Result], metrics: Mapping[str, Metric], diverged: str
) -> tuple[Values, str]:
    """{metric: {place: {seed: (M,)}}} of each test example; none, and why not, where that cannot be told."""
    if isinstance(asked, Claim) and asked.form == "ranking":
        return {}, "an order is judged over seeds alone"
    found: dict[str, dict[Place, dict[int, Any]]] = {}
    try:
        for name, metric in metrics.items():
            its = [entry(result, name, metric, asked.at, diverged) for result in results.values()]
            tables = side_by_side(its, name, metric, asked.at) if its else []
            seeds = common_seeds(its)
            found[name] = {
                place: dict(zip(seeds, table, strict=True)) for place, table in zip(results, tables, strict=True)
            }
    except UntoldError as error:
        return {}, f"not over test examples: {error}"
    return found, ""


def from_seed(each: Evidence[A], first: int) -> Evidence[A]:
    """The same of the seeds from this one on: of those that came after others had chosen the claim."""
    if not first:
        return each
    return replace(
        each,
        values=_from_seed(each.values, first),
        examples=_from_seed(each.examples, first),
        diverged_seeds={place: [s for s in seeds if s >= first] for place, seeds in each.diverged_seeds.items()},
        came_to=None,
    )


def _from_seed(values: Values, first: int) -> Values:
    return {
        metric: {
            place: {seed: its for seed, its in by_seed.items() if seed >= first} for place, by_seed in places.items()
        }
        for metric, places in values.items()
    }


def _initial_gradient_norm(arm: str, results: Mapping[Place, Result]) -> float | None:
    norms = [
        norm
        for (own, _), result in results.items()
        for outcome in result.outcomes.values()
        if own == arm and (norm := outcome.took.get("gradient_norm_at_start")) is not None
    ]
    return mean(norms) if norms else None


def multiverse(each: Evidence[Claim]) -> str:
    """What the universes of one claim have in common; "" if there is no universe."""
    return digest({"claim": asdict(each.asked), "scale": each.scale}) if each.universe else ""


def judged(found: Sequence[Evidence[Claim]]) -> list[Finding | None]:
    """The finding of each, by the claim that it carries; None where there is nothing to judge.

    Findings at defaults are corrected for each other, so are tuned ones, and so are the universes of each claim.
    """
    families: dict[tuple[str, bool], list[int]] = {}
    for i, each in enumerate(found):
        if not each.undecided:
            families.setdefault((multiverse(each), bool(each.tuned)), []).append(i)
    findings: list[Finding | None] = [None] * len(found)
    for members in families.values():
        its = together([_finding(found[i]) for i in members])
        for i, finding in zip(members, its, strict=True):
            findings[i] = finding
    return findings


def _finding(each: Evidence[Claim]) -> Finding:
    return replace(each.asked.judge(each.examples or each.values, each.metrics), look=each.look)


def judgement(each: Evidence[Claim], finding: Finding) -> Judgement:
    """What a finding says of it, in short."""
    return Judgement(finding.verdict(each.asked.level), finding.judged)
