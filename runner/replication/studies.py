"""Findings in the making: the cells of claims and tables, trained, and what the store then has of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runner.comparison.results import Result, damaged, result, whole
from runner.comparison.tuning import Tuning
from runner.compose.calculated import known
from runner.compose.cell_config import CellConfig
from runner.compose.command_line import compose_cells, quoted
from runner.console.errors import ConfigError, nearest
from runner.console.plain import Plain
from runner.console.say import note
from runner.launch import plan
from runner.launch.workers import usual_settings
from runner.replication.claim import Claim, Place
from runner.replication.evidence import Asks, Evidence, evidence
from runner.replication.looks import counted
from runner.replication.tuned_arms import contending, selected
from runner.store.left_out import tell as tell_left_out
from runner.store.store import cell_of
from runner.tuning.training import settings

FEW = 5  # claims that are named where something is said of them


class Study(NamedTuple):
    """One finding in the making: a claim at its defaults, tuned, or in one universe; `cells` is of each place.

    While trials are `lacking`, it is not known which cells a tuned claim has; where those of an arm are fruitless, it
    has none.
    """

    claim: Claim
    universe: Sequence[str]
    tuned: Mapping[str, Tuning]
    cells: Mapping[Place, CellConfig]
    lacking: int = 0


def planned_studies(
    claims: Sequence[Claim], scale: str, store: str, *, tuned: bool, multiverse: bool, train: bool, jobs: str | int
) -> Iterator[Study]:
    """Every finding that is asked for. Where arms are to be tuned they are on the way, if it is to train."""
    own = own_overrides(store)
    there = [claim for claim in claims if scale in claim.scales]
    for claim in claims:
        if claim not in there:
            note(f"{claim.name} has no scale {scale}: left out")
    studies = [
        Study(claim, universe, {}, composed(claim.name, claim.cells(scale, universe), own))
        for claim in there
        for universe in [(), *(claim.universes() if multiverse else ())]
    ]
    to_tune = [claim for claim in there if tuned and claim.tuned]
    contenders = {claim.name: contending(claim, scale, own) for claim in to_tune}  # all, before one is trained
    for claim in there:
        yield from (study for study in studies if study.claim is claim)
        if claim in to_tune:
            best, lacking = selected(claim, contenders[claim.name], train=train, pool=settings(jobs))
            cells = {} if lacking or any(its.fruitless for its in best.values()) else claim.cells(scale)
            both = {(arm, where): [*said, *best[arm].chosen] for (arm, where), said in cells.items()}
            yield Study(claim, (), best, composed(claim.name, both, own), lacking)


def own_overrides(store: str) -> list[str]:
    """What every cell of a claim or table has besides."""
    return [quoted("store", store), "exec.wandb.mode=disabled"]


def composed(name: str, cells: Mapping[Place, Sequence[str]], own: Sequence[str]) -> dict[Place, CellConfig]:
    """The cells of a claim or table of this name, with overrides of our own. Raises ConfigError that names it."""
    try:
        return {place: compose_cells([*said, *own], multirun=False)[0] for place, said in cells.items()}
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error


def check_metrics(asks: Asks) -> None:
    """Raise ConfigError where a claim or a table asks for what training does not measure."""
    for name in asks.metrics:
        known(name, f"{asks.name}: metric")


def check_claims(claims: Sequence[Claim], scale: str, *, tuned: bool, multiverse: bool) -> None:
    """Raise ConfigError where claims cannot be judged at a scale; what some do not declare is said."""
    for claim in claims:
        check_metrics(claim)
    scales = {name for claim in claims for name in claim.scales}
    if scale not in scales:
        raise ConfigError(f"scale={scale}: {nearest(scale, scales)}")
    lacking = {
        "tuned": [claim.name for claim in claims if tuned and not claim.tuned],
        "multiverse": [claim.name for claim in claims if multiverse and not claim.multiverse],
    }
    for what, without in lacking.items():
        if without:
            names = ", ".join(without) if len(without) <= FEW else f"{len(without)} of the {len(claims)} claims"
            note(f"{what}=true: not declared by {names}")


def carry_out(cells: Iterable[CellConfig], *, train: bool, only_plan: bool, jobs: str | int) -> None:
    """Show what is to do for cells and train it, as far as it is asked for."""
    planned = plan.plan(cells)
    training = train and not only_plan
    if training:
        plan.check_stores(planned)
    if train or only_plan:
        plan.show(planned, Plain(stderr=not only_plan))
    if training:
        _train(planned, jobs)


def _train(planned: Sequence[plan.Planned], jobs: str | int) -> None:
    """In worker processes; what cannot be begun is said."""
    from runner.launch.sweep import train_grid

    plan.mend(planned)
    train_grid(planned, usual_settings() | {"jobs": jobs})


def evidences(
    studies: Sequence[Study], scale: str, store: str, *, seeds: int | None, diverged: str, over: str, first: int
) -> tuple[list[Evidence[Claim]], list[ConfigError]]:
    """What can be judged, with all of its seeds, and why the rest cannot.

    Args:
        first: the first seed that it will be judged by: each is a look at the seeds from that one on.
    """
    made, refused = [], []
    for study in studies:
        try:
            made += [] if study.lacking else [counted(_evidence(study, scale, seeds, diverged, over), store, first)]
        except ConfigError as error:
            refused.append(ConfigError(f"{study.claim.name}: {error}"))
    return made, refused


def _evidence(study: Study, scale: str, seeds: int | None, diverged: str, over: str) -> Evidence[Claim]:
    claim = study.claim.part(scale, universe=bool(study.universe), tuned=bool(study.tuned))
    results = {place: found(cell) for place, cell in study.cells.items()}
    universe, tuned = study.universe, study.tuned
    return evidence(claim, scale, results, seeds=seeds, universe=universe, tuned=tuned, diverged=diverged, over=over)


def found(cell: CellConfig) -> Result:
    """What the store has of the seeds that a cell asks for; what is damaged of it is named on stderr."""
    its = whole(result(cell_of(cell), cell.seeds))
    tell_left_out(damaged([its]))
    return its
