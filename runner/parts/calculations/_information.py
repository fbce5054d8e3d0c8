"""Information of small tables, and its decomposition by Bertschinger et al. (Entropy, 2014): of what two bits say of a
target, how much both say, how much each says alone, and how much only the two say together. In nats."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint, minimize
from scipy.special import entr, rel_entr

Table = np.ndarray
CHECKS = np.array([[1.0, -1.0], [-1.0, 1.0]])  # what leaves both marginals of two bits as they are
TINY = 1e-300  # a mass whose logarithm is finite
EXACT = {"ftol": 1e-15, "maxiter": 500}


@dataclass(frozen=True)
class Decomposition:
    """redundant + unique_1 is I(X1; Y), redundant + unique_2 is I(X2; Y), and all four are I(X1, X2; Y)."""

    redundant: float
    unique_1: float
    unique_2: float
    synergy: float


def information(joint: Table) -> float:
    """I(A; B) of a law (A, B)."""
    return float(rel_entr(joint, joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)).sum())


def entropy(law: Table) -> float:
    """H of a law of any shape."""
    return float(entr(law).sum())


def between(joint: Table) -> float:
    """I(X1; X2 | Y) of a law (2, 2, K)."""
    first, second, label = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True), joint.sum((0, 1), keepdims=True)
    known = np.divide(first * second, label, out=np.zeros_like(joint), where=label > 0)
    return float(rel_entr(joint, known).sum())


def decomposed(joint: Table) -> Decomposition:
    """The decomposition of what X1 and X2 say of Y, of a law (2, 2, K)."""
    one, two = information(joint.sum(1)), information(joint.sum(0))
    both = information(joint.reshape(4, -1))
    apart = information(least(joint, _together).reshape(4, -1))  # with what the two say only together taken away
    return Decomposition(one + two - apart, apart - two, apart - one, both - apart)


def least(joint: Table, slope: Callable[[Table], tuple[float, Table]], *, pairs_stay: bool = False) -> Table:
    """The law (2, 2, K) with the least of a convex function, of all that have the laws of (X1, Y) and of (X2, Y).

    Args:
        slope: a law -> the function's value, and its gradient (2, 2, K).
        pairs_stay: do they have the law of (X1, X2), too?
    """
    low = -np.minimum(joint[0, 0], joint[1, 1])
    high = np.minimum(joint[0, 1], joint[1, 0])

    def moved(t: Table) -> Table:
        return np.maximum(joint + CHECKS[:, :, None] * t, 0.0)

    def at(t: Table) -> tuple[float, Table]:
        value, gradient = slope(moved(t))
        return value, np.einsum("ab,abk->k", CHECKS, gradient)

    kept = [LinearConstraint(np.ones((1, len(low))), 0.0, 0.0)] if pairs_stay else []
    starts = [np.zeros(len(low))] if pairs_stay else [(low + high) / 2, low, high, np.zeros(len(low))]
    bounds = list(zip(low, high, strict=True))
    found = [
        minimize(at, start, jac=True, bounds=bounds, constraints=kept, method="SLSQP", options=EXACT).x
        for start in starts
    ]
    return min((moved(np.clip(t, low, high)) for t in found), key=lambda law: slope(law)[0])


def _together(joint: Table) -> tuple[float, Table]:
    """I(X1, X2; Y) but for H(Y), and its gradient."""
    logs = np.log(np.maximum(joint, TINY)) - np.log(np.maximum(joint.sum(2, keepdims=True), TINY))
    return float((joint * logs).sum()), logs


def between_slope(joint: Table) -> tuple[float, Table]:
    """I(X1; X2 | Y), and its gradient where the laws of (X1, Y) and (X2, Y) stay."""
    return between(joint), np.log(np.maximum(joint, TINY)) + 1
