"""What is searched of an objective, and what of it a trial draws."""

from collections.abc import Callable, Mapping
from itertools import product
from math import inf
from typing import TYPE_CHECKING, Any

from runner.comparison.tuning import SAMPLERS, STARTUP, Search
from runner.compose.cell_config import CellConfig
from runner.compose.dimension import Dimension, dimension
from runner.compose.identity import digest
from runner.console.errors import ConfigError

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.study import Study

Space = Mapping[str, Dimension]  # by key
TOGETHER = ("ei_per_gradient",)  # of SAMPLERS, draws all keys at once when it has seen enough trials


def space_of(said: Mapping[str, str], final: Mapping[str, str]) -> Space:
    """What is searched: {key: "log(1e-3,1)"}, read.

    Args:
        final: {key: value} of the comparison in the end.
    Raises:
        ConfigError: nothing is searched, or the comparison has another value of a key that is.
    """
    if not said:
        raise ConfigError("space.<key>=... is missing: what to search, as in 'space.optimizer.lr=log(1e-3,1)'")
    for key, value in final.items():
        if key in said:
            raise ConfigError(f"final.{key}={value}: {key} is searched, and what is selected stays")
    return {key: dimension(key, text) for key, text in said.items()}


def found(config: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    """Is the key there? If so its value, else the names that are there instead.

    >>> found({"loss": {"q": 0.7}}, "loss.q"), found({"loss": {"q": 0.7}}, "loss.k")
    ((True, 0.7), (False, ['q']))
    """
    node: Any = config
    for name in key.rpartition("@")[2].split("."):
        if not isinstance(node, Mapping) or name not in node:
            return False, list(node) if isinstance(node, Mapping) else []
        node = node[name]
    return True, node


def configured(cell: CellConfig, key: str) -> Any:
    """What a cell has for a key that it has: the name of a choice, or a value."""
    name = cell.choices.get(key.rpartition("@")[2])
    return found(cell.config, key)[1] if name is None else name


def learnt_from(sampler: str, number: int) -> int:
    """How many trials, the first, have to have ended before trial `number`, counted from 0, is drawn.

    >>> learnt_from("random", 25), learnt_from("cross_entropy", 25), learnt_from("tpe", 9), learnt_from("tpe", 25)
    (0, 20, 0, 25)
    """
    settings = SAMPLERS[sampler]
    if population := settings.get("population"):
        return number - number % int(population)
    return number if number >= settings.get(STARTUP, inf) else 0


def grid(space: Space, defaults: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of choices but for the defaults, which are a trial without it."""
    every = (dict(zip(space, values, strict=True)) for values in product(*(each.values for each in space.values())))
    return [values for values in every if values != defaults]


def drawn(space: Space, defaults: Mapping[str, Any], search: Search, study: "Study", number: int) -> dict[str, Any]:
    """{key: value} of a trial of a study: the same whenever it is asked for, whatever has ended that it does not learn
    from.

    The first trial is the defaults. Those from which a sampler is to learn are quasi-random; so all are where it gets
    no further. What a sampler draws is of each key by itself, from a random stream of its own, whatever other keys
    there are; but for TOGETHER.

    Args:
        defaults: {key: value} of the configuration as it stands.
        number: of the trial, counted from 0; so many have ended as `learnt_from` says, or more.
    """
    if number == 0:
        return dict(defaults)
    if search.sampler == "grid":
        return grid(space, defaults)[number - 1]
    if number < SAMPLERS[search.sampler].get(STARTUP, 0):
        from runner.tuning.quasi_random import quasi_random  # which imports Optuna

        return quasi_random(space, search.seed, number)
    return _sampled(space, search, study, number)


def _sampled(space: Space, search: Search, study: "Study", number: int) -> dict[str, Any]:
    """What the sampler draws."""
    import optuna
    from optuna.trial import TrialState, create_trial

    sampler, seed = search.sampler, search.seed
    past = optuna.create_study(
        direction=study.direction
    )  # anew: a study shows its samplers the trials of its first use
    past.add_trials(study.trials[: learnt_from(sampler, number)])
    trial = create_trial(state=TrialState.RUNNING)

    def fresh(key: str) -> "BaseSampler":
        return _sampler(sampler, int(digest({"seed": seed, "trial": number, "key": key})[:8], 16))

    values: dict[str, Any] = {}
    if sampler in TOGETHER:
        joint = fresh("")
        values |= joint.sample_relative(past, trial, joint.infer_relative_search_space(past, trial))
    for key, searched in space.items():
        if key not in values:
            values[key] = fresh(key).sample_independent(past, trial, key, searched.distribution)
    return {key: searched.rounded(values[key]) for key, searched in space.items()}


def _sampler(name: str, stream: int) -> "BaseSampler":
    from optuna.samplers import RandomSampler, TPESampler

    from runner.tuning.cross_entropy import CrossEntropySampler
    from runner.tuning.ei_per_gradient import EIPerGradientSampler

    made: dict[str, Callable[..., BaseSampler]] = {
        "tpe": TPESampler, "random": RandomSampler, "cross_entropy": CrossEntropySampler,
        "ei_per_gradient": EIPerGradientSampler,
    }  # fmt: skip
    return made[name](seed=stream, **SAMPLERS[name])
