"""The cross-entropy method as a sampler of Optuna's: draw a population, fit what draws the next one to its best.

De Boer, Kroese, Mannor and Rubinstein, "A Tutorial on the Cross-Entropy Method", 2005. For hyper-parameters:
"Cross-Entropy Optimization for Hyperparameter Optimization in Stochastic Gradient-based Approaches to Train Deep Neural
Networks", whose own settings could not be confirmed; those here are usual of the method.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial

from runner.tuning.unit import from_unit, to_unit

Array = NDArray[np.float64]


def elites(scores: ArrayLike, count: int) -> list[int]:
    """The places of the `count` largest of scores (N,), the best first, and the first of equal ones.

    >>> elites([0.7, 0.9, 0.8, 0.9], 3)
    [1, 3, 2]
    """
    return np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")[:count].tolist()


def updated(elite: ArrayLike, mean: ArrayLike, sd: ArrayLike, smoothing: float) -> tuple[Array, Array]:
    """Mean and standard deviation (F,) after a population with this elite (E, F): a v_elite + (1 - a) v, of both.

    The elite's own standard deviation is that of the largest likelihood, with E in the denominator. With a = 1 they are
    the elite's moments, and with a = 0 nothing moves.
    """
    found = np.asarray(elite, dtype=np.float64)
    moments = (found.mean(axis=0), mean), (found.std(axis=0), sd)
    new, spread = (smoothing * of + (1 - smoothing) * np.asarray(before) for of, before in moments)
    return new, spread


class CrossEntropySampler(BaseSampler):
    """Each key by itself: a number from a normal distribution cut off at its range, a choice from probabilities.

    The first population is uniform. Of trials that came to nothing none is better than one that came to something.

    Args:
        population: trials between one update and the next, at least 2.
        elite: share of a population to which the distribution is fitted, in (0, 1]; at least one trial.
        smoothing: a in [0, 1], how far an update goes from the distribution before to that of the elite.
        seed: of what is drawn.
    """

    def __init__(self, *, population: int = 10, elite: float = 0.3, smoothing: float = 0.7, seed: int | None = None):
        self.population = population
        self.elite = elite
        self.smoothing = smoothing
        self.random = np.random.default_rng(seed)
        self.first = RandomSampler(seed)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        past = [
            each for each in study.get_trials(deepcopy=False) if each.state.is_finished() and param_name in each.params
        ]
        sign = 1 if study.direction == StudyDirection.MAXIMIZE else -1
        scores = [-np.inf if each.value is None else sign * each.value for each in past]
        places = [to_unit(param_distribution, each.params[param_name]) for each in past]
        kept = []
        for start in range(0, len(past) - self.population + 1, self.population):
            stop = start + self.population
            best = elites(scores[start:stop], max(1, round(self.elite * self.population)))
            kept.append([places[start + each] for each in best])
        if not kept:
            return self.first.sample_independent(study, trial, param_name, param_distribution)
        if isinstance(param_distribution, CategoricalDistribution):
            return from_unit(param_distribution, self._choice(kept, len(param_distribution.choices)))
        return from_unit(param_distribution, self._number(kept))

    def _choice(self, kept: Sequence[Sequence[float]], count: int) -> int:
        """The number of one of `count` choices, after populations with these elites."""
        p = np.full(count, 1 / count)
        for elite in kept:
            shares = np.bincount(np.array(elite, dtype=np.int64), minlength=count) / len(elite)
            p = self.smoothing * shares + (1 - self.smoothing) * p
        return int(self.random.choice(count, p=p))

    def _number(self, kept: Sequence[Sequence[float]]) -> float:
        """A number in [0, 1], after populations with these elites."""
        mean, sd = 0.5, sqrt(1 / 12)
        for elite in kept:
            mean, sd = map(float, updated(elite, mean, sd, self.smoothing))
        if not sd:
            return mean
        normal = NormalDist(mean, sd)
        low, high = normal.cdf(0.0), normal.cdf(1.0)
        return normal.inv_cdf(low + float(self.random.random()) * (high - low))
