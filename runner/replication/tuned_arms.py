"""Arms of a claim tuned with the same budget, so that a difference is not one of care."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.comparison.tuning import Search, Tuning
from runner.compose.command_line import compose_cells
from runner.compose.dimension import dimension
from runner.console.errors import ConfigError
from runner.replication.claim import Claim
from runner.tasks.declared.classification import CLASSIFICATION
from runner.tasks.families import TASKS
from runner.tuning.contender import Contender
from runner.tuning.space import found
from runner.tuning.trials import check_optuna, ended, trials, tuning


def twin(metric: str) -> str:
    """The same metric of validation examples, by which trials are judged; "" where it is of none."""
    its = f"val/{metric.partition('/')[2]}"
    return its if any({metric, its} <= set(task.declared) for task in TASKS.values()) else ""


def search_for(metric: str, at: str = "last") -> Search:
    """How arms are tuned of which a claim compares this metric at this epoch: by its twin.

    Where it has none, by the primary metric of the task that has it, or else of classification; and the epoch that is
    best on the test examples is not one to select by.
    """
    task = next((task for task in TASKS.values() if metric in task.declared), CLASSIFICATION)
    return Search(twin(metric) or task.judge, "last" if at == "best_test" else at, sampler="tpe", seed=0)


def contending(claim: Claim, scale: str, own: Sequence[str]) -> list[Contender]:
    """The arms of a claim, to be tuned. Where it looks along a key, its first value is that of the trials.

    Args:
        own: overrides of every trial beside the claim's.
    Raises:
        ConfigError: the claim cannot be tuned as it says.
    """
    assert claim.tuned is not None
    check_optuna()
    space = {key: dimension(key, form) for key, form in claim.tuned.space.items()}
    contenders: list[Contender] = []
    for (arm, _), said in reversed(claim.cells(scale).items()):
        (cell,) = compose_cells(
            [*(o for o in said if not o.startswith("seeds=")), *claim.tuned.overrides, *own], multirun=False
        )
        contenders.append(Contender(arm, cell, {key: its for key, its in space.items() if found(cell.config, key)[0]}))
    for key, its in space.items():
        if not any(key in each.space for each in contenders):
            raise ConfigError(f"{claim.name}: tuned.space: no arm has {key}, and {its.text} would search nothing")
    return list({each.name: each for each in contenders}.values())


def selected(
    claim: Claim, of_arms: Sequence[Contender], *, train: bool, pool: Mapping[str, Any]
) -> tuple[dict[str, Tuning], int]:
    """The values that the trials of each arm select, on validation examples alone, and how many trials are missing.

    While some are lacking, nothing is selected.

    Args:
        of_arms: what `contending` gives.
        train: is what is lacking to be made?
        pool: settings of the workers that do.
    """
    assert claim.tuned is not None
    search = search_for(claim.metric, claim.at)
    count = claim.tuned.trials
    made = trials(of_arms, count, search, pool) if train else ended(of_arms, count, search)
    if lacking := sum(claim.tuned.trials - len(attempts) for attempts in made):
        return {}, lacking
    chosen = tuning(of_arms, made, search)
    return {arm: chosen[arm] for arm in claim.arms}, 0
