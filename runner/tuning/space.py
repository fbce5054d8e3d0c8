"""What is searched of an objective, and what of it a trial draws."""

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from runner.comparison.tuning import SAMPLERS
from runner.compose.dimension import Dimension, dimension
from runner.compose.identity import digest
from runner.console.errors import ConfigError

if TYPE_CHECKING:
    from optuna.study import Study

Space = Mapping[str, Dimension]  # by key


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


def drawn(space: Space, sampler: str, seed: int, study: "Study") -> dict[str, Any]:
    """{key: value} of the next trial of a study: the same whenever it is asked for after the same trials.

    Each key has a random stream of its own, whatever other keys there are.

    Args:
        sampler: "tpe" (each key by itself), "random" or "grid".
        seed: of the sampler.
    """
    import optuna
    from optuna.samplers import RandomSampler, TPESampler
    from optuna.trial import TrialState, create_trial

    number = len(study.trials)
    if sampler == "grid":
        grid = list(product(*(searched.values for searched in space.values())))
        return dict(zip(space, grid[number], strict=True))
    past = optuna.create_study(
        direction=study.direction
    )  # anew: a study shows its samplers the trials of its first use
    past.add_trials(study.trials)
    make = {"tpe": TPESampler, "random": RandomSampler}[sampler]
    settings = SAMPLERS[sampler]
    trial, values = create_trial(state=TrialState.RUNNING), {}
    for key, searched in space.items():
        stream = int(digest({"seed": seed, "trial": number, "key": key})[:8], 16)
        value = make(seed=stream, **settings).sample_independent(past, trial, key, searched.distribution)
        values[key] = searched.rounded(value)
    return values
