"""How often does a student act otherwise than its teacher, by what it was told of each example?

A teacher holds a distribution over ten actions in each of ten states, drawn from Dirichlet(1, ..., 1). A student sees n
states, all as likely, and in each an action that the teacher took, with nothing else (a hard label), with the teacher's
probability of that action alone, or with all of its probabilities. It is a table, and the exact minimum of its loss; of
several minima the one whose probability is uniform over actions that were not seen. The rate is the total variation
distance from the teacher, mean over states: how often the two act differently if both draw so that they agree as often
as can be. Cross-entropy with single probabilities tends to the teacher's squares, not to the teacher (Zhao and Zhu,
"Towards the Fundamental Limits of Knowledge Transfer over Finite Domains", 2023, arXiv:2310.07838).
"""

from collections.abc import Callable, Mapping

import numpy as np

from runner.statistics.values import Array
from simulate.rates import Rate

STATES = ACTIONS = 10
EXAMPLES = (50, 100, 200, 400, 800, 1600)
REPETITIONS = 400


def measure() -> list[Rate]:
    found = []
    for n in EXAMPLES:
        rng = np.random.default_rng(n)
        teachers = rng.dirichlet(np.ones(ACTIONS), (REPETITIONS, STATES))
        away = apart(teachers, n, rng)
        found += [Rate(name, "Dirichlet", n, float(each.mean()), REPETITIONS) for name, each in away.items()]
    return sorted(found, key=lambda rate: list(STUDENTS).index(rate.what))


def apart(teachers: Array, n: int, rng: np.random.Generator) -> Mapping[str, Array]:
    """{student: (R,) total variation distances} from teachers (R, S, A) whose n states and actions are drawn."""
    r, s, a = teachers.shape
    counts = rng.multinomial(n, teachers.reshape(r, s * a) / s).reshape(r, s, a).astype(np.float64)
    return {name: np.abs(fit(counts, teachers) - teachers).sum(-1).mean(-1) / 2 for name, fit in STUDENTS.items()}


def hard(counts: Array, teachers: Array) -> Array:
    """The minimum of cross-entropy with the actions, of counts (..., A), as likely all where there are none."""
    return _normalised(counts)


def cross_entropy(counts: Array, teachers: Array) -> Array:
    """The minimum of - sum_i p_t(a_i) log p(a_i)."""
    return _normalised(counts * teachers)


def squared_logits(counts: Array, teachers: Array) -> Array:
    """A minimum of sum_i (log p(a_i) - log p_t(a_i))^2 / 2: what was seen is known, and the rest is shared out."""
    known = np.where(counts > 0, teachers, 0)
    unseen = counts == 0
    rest = (1 - known.sum(-1, keepdims=True)) / np.maximum(unseen.sum(-1, keepdims=True), 1)
    return np.asarray(np.where(unseen, rest, teachers))


def whole(counts: Array, teachers: Array) -> Array:
    """The minimum of cross-entropy with all of the teacher's probabilities."""
    return _normalised(counts.sum(-1, keepdims=True) * teachers)


def _normalised(weights: Array) -> Array:
    total = weights.sum(-1, keepdims=True)
    return np.asarray(np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[-1]))


STUDENTS: Mapping[str, Callable[[Array, Array], Array]] = {
    "the action": hard,
    "its probability, cross-entropy": cross_entropy,
    "its probability, squared logits": squared_logits,
    "all probabilities": whole,
}
