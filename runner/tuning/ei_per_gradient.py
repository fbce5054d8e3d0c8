"""Expected improvement per gradient evaluation as a sampler of Optuna's: what is cheap may promise less.

A Gaussian process foretells what trials are judged by, and another one the logarithm of the gradients that they take.
The next trial is the candidate with the largest expected improvement for each gradient (expected improvement per second
of Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning Algorithms", 2012). Gradients are
counted, and so are the same on a machine that others use. After "Bayesian Optimization for Selecting Efficient Machine
Learning Models", 2020, whose own trade-off of quality and time could not be confirmed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial
from scipy.stats import norm

from runner.comparison.tuning import GRADIENTS
from runner.tuning.unit import from_unit, to_unit

Array = NDArray[np.float64]


def expected_improvement(mean: ArrayLike, sd: ArrayLike, best: float) -> Array:
    """E[max(y - best, 0)] (N,) of normal y with these means and standard deviations above 0 (N,).

    That is (mean - best) Phi(u) + sd phi(u), u = (mean - best) / sd (Jones, Schonlau and Welch, "Efficient Global
    Optimization of Expensive Black-Box Functions", 1998).
    """
    above, spread = np.asarray(mean) - best, np.asarray(sd)
    u = above / spread
    return above * norm.cdf(u) + spread * norm.pdf(u)


class EIPerGradientSampler(BaseSampler):
    """All keys together, once `n_startup_trials` came to something; until then at random.

    A trial's user attribute "gradients" says how many it took. Where all took the same it is expected improvement. A
    trial that came to nothing counts as the worst of those that came to something.

    Args:
        n_startup_trials: drawn at random, at least 2.
        n_candidates: drawn at random, of which the best is tried.
        seed: of what is drawn.
    """

    def __init__(self, *, n_startup_trials: int = 10, n_candidates: int = 1000, seed: int | None = None):
        self.startup = n_startup_trials
        self.candidates = n_candidates
        self.random = np.random.default_rng(seed)
        self.independent = RandomSampler(seed)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return IntersectionSearchSpace(include_pruned=True).calculate(study)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        past = [each for each in study.get_trials(deepcopy=False) if each.state.is_finished()]
        sign = 1 if study.direction == StudyDirection.MAXIMIZE else -1
        known = [sign * each.value for each in past if each.value is not None]
        if not search_space or len(known) < self.startup:
            return {}
        scores = [min(known) if each.value is None else sign * each.value for each in past]
        tried = np.array([[to_unit(its, each.params[key]) for key, its in search_space.items()] for each in past])
        offered = np.column_stack([self._drawn(its) for its in search_space.values()])
        choices = [isinstance(its, CategoricalDistribution) for its in search_space.values()]
        gain = _improvement(tried, scores, offered, choices) / _cost(tried, past, offered, choices)
        chosen = offered[int(np.argmax(gain))]
        return {
            key: from_unit(its, place) for (key, its), place in zip(search_space.items(), chosen.tolist(), strict=True)
        }

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self.independent.sample_independent(study, trial, param_name, param_distribution)

    def _drawn(self, distribution: BaseDistribution) -> Array:
        """(candidates,) places of one key."""
        if isinstance(distribution, CategoricalDistribution):
            return self.random.integers(len(distribution.choices), size=self.candidates).astype(np.float64)
        return self.random.random(self.candidates)


def _improvement(tried: Array, scores: Sequence[float], offered: Array, choices: Sequence[bool]) -> Array:
    """(N,) expected over the best mean of what was tried, of candidates."""
    from runner.comparison.multiverse.process import Process

    process = Process(tried, scores, choices)
    mean, covariance = process.at(offered)
    best, _ = process.at(tried)
    return expected_improvement(mean, np.sqrt(np.maximum(covariance.diagonal(), 1e-18)), float(best.max()))


def _cost(tried: Array, past: Sequence[FrozenTrial], offered: Array, choices: Sequence[bool]) -> Array | float:
    """(N,) gradients that candidates take; 1 where nothing is known that tells them apart."""
    from runner.comparison.multiverse.process import Process

    counts = {i: count for i, each in enumerate(past) if (count := each.user_attrs.get(GRADIENTS))}
    if len(set(counts.values())) < 2:
        return 1.0
    process = Process(tried[list(counts)], np.log(list(counts.values())), choices)
    return np.exp(process.at(offered)[0])
