"""What is searched of an objective, and what of it a trial draws."""

from collections.abc import Callable, Mapping
from itertools import product
from math import inf
from typing import TYPE_CHECKING, Any

from runner.comparison.tuning import SAMPLERS
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


def learnt_from(sampler: str, number: int) -> int:
    """How many trials, the first, have to have ended before trial `number`, counted from 0, is drawn.

    >>> learnt_from("random", 25), learnt_from("cross_entropy", 25), learnt_from("tpe", 9), learnt_from("tpe", 25)
    (0, 20, 0, 25)
    """
    settings = SAMPLERS[sampler]
    if population := settings.get("population"):
        return number - number % int(population)
    return number if number >= settings.get("n_startup_trials", inf) else 0


def drawn(space: Space, sampler: str, seed: int, study: "Study", number: int) -> dict[str, Any]:
    """{key: value} of a trial of a study: the same whenever it is asked for, whatever has ended that it does not learn
    from.

    Each key is drawn by itself, from a random stream of its own, whatever other keys there are; but for TOGETHER.

    Args:
        sampler: one of SAMPLERS.
        seed: of the sampler.
        number: of the trial, counted from 0; so many have ended as `learnt_from` says, or more.
    """
    import optuna
    from optuna.trial import TrialState, create_trial

    if sampler == "grid":
        grid = list(product(*(searched.values for searched in space.values())))
        return dict(zip(space, grid[number], strict=True))
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
