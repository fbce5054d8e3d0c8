"""How much worse decisions are that predicted costs lead to: the margin of optimality (MOM: Sun, Liu and Li, Maximum
Optimality Margin: A Unified Approach for Contextual Linear Programming and Inverse Linear Programming, ICML 2023, arXiv
2301.11260), SPO+ (Elmachtoub and Grigas, Smart "Predict, then Optimize", Management Science 2022, arXiv 1710.08005),
and squared errors of costs.

A decision is the least c x with A x = b and x >= 0, where A (m, n) and b are positive and drawn for each seed, so that
the optimum is one corner with one basis of m columns. Costs depend on features z ~ N(0, I) as those of Elmachtoub and
Grigas: c = ((B z / sqrt(p) + 3)^degree + 1) (1 + noise u), B of zeros and ones, u uniform between -1 and 1. Predicted
costs are linear in z and a constant. MOM sees the optimal basis of each example and not its costs; the others see the
costs. All corners are counted, so that optima and regrets are exact. Each loss is convex in the prediction, and is
brought down by Adam on all examples; MOM is without its penalty of weights here. Shortest paths are not here: their
corners have several bases, and MOM would depend on which is taken.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import descend

Array = np.ndarray
Objective = Literal["margin", "spo_plus", "squared"]
METRICS = {"regret": ("lower", "[0, inf)", ""), "agreement": ("higher", "[0, 1]", "")}
ROUNDING = 1e-9


def decision_margin(
    draws: Generator,
    *,
    objective: Objective,
    rows: Annotated[int, "[1, 6]"],
    columns: Annotated[int, "[2, 16]"],
    features: Annotated[int, "[1, 1000]"],
    degree: Annotated[int, "[1, 10]"],
    noise: Annotated[float, "[0, 1)"],
    examples: Annotated[int, "[1, 100000]"],
    steps: Annotated[int, "[1, 1000000]"],
    lr: Annotated[float, "(0, 10]"],
    tested: Annotated[int, "[1, 1000000]"],
) -> dict[str, float]:
    """By which share decisions cost more than those of the mean costs, over new features; and how often both agree."""
    if rows >= columns:
        raise ValueError(f"rows: {rows} of {columns} columns")
    shape, training, testing = draws.spawn(3)
    matrix, mixing = shape.uniform(0.1, 1.0, (rows, columns)), shape.integers(2, size=(columns, features))
    places = corners(matrix, matrix @ shape.uniform(0.1, 1.0, columns))
    z = training.normal(size=(examples, features))
    cost = mean_cost(z, mixing, degree) * (1 + noise * training.uniform(-1, 1, (examples, columns)))
    weights = trained(objective, matrix, places, z, cost, steps, lr)
    new = testing.normal(size=(tested, features))
    wanted = mean_cost(new, mixing, degree)
    chosen, best = places.best(with_constant(new) @ weights), places.best(wanted)
    spent, least = ((wanted * places.x[at]).sum() for at in (chosen, best))
    return {"regret": max(0.0, float(spent / least - 1)), "agreement": float((chosen == best).mean())}


@dataclass(frozen=True)
class Corners:
    """All corners of a polytope: x (V, n), and the basis (V, m) of each."""

    x: Array
    basis: Array

    def best(self, cost: Array) -> Array:
        """The cheapest corner (N,) by each cost (N, n)."""
        return (cost @ self.x.T).argmin(axis=1)


def corners(matrix: Array, bound: Array) -> Corners:
    """Of A x = b, x >= 0: every basis whose solution is positive. One with a zero, of which there may be several, is
    left out; among drawn numbers there is none."""
    rows, columns = matrix.shape
    found, bases = [], []
    for basis in combinations(range(columns), rows):
        part = matrix[:, basis]
        if abs(np.linalg.det(part)) < ROUNDING:
            continue
        value = np.linalg.solve(part, bound)
        if (value > ROUNDING).all():
            found.append(np.zeros(columns))
            found[-1][list(basis)] = value
            bases.append(basis)
    return Corners(np.array(found), np.array(bases))


def mean_cost(z: Array, mixing: Array, degree: int) -> Array:
    """Costs (N, n) of features (N, p) without noise."""
    return (z @ mixing.T / np.sqrt(z.shape[1]) + 3) ** degree + 1


def with_constant(z: Array) -> Array:
    """Features and a 1 (N, p + 1)."""
    return np.column_stack([z, np.ones(len(z))])


def trained(
    objective: Objective, matrix: Array, places: Corners, z: Array, cost: Array, steps: int, lr: float
) -> Array:  # fmt: skip
    """Weights (p + 1, n) of the predicted costs. Costs are divided by their mean, which changes no decision."""
    inputs, scaled = torch.as_tensor(with_constant(z)), torch.as_tensor(cost / cost.mean())
    best = places.best(cost)
    if objective == "squared":
        return torch.linalg.lstsq(inputs, scaled).solution.numpy()
    weights = torch.zeros(inputs.shape[1], cost.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=lr)
    prices = torch.as_tensor(np.stack([pricing(matrix, basis) for basis in places.basis]))[best]
    outside = torch.as_tensor(places.x[best] == 0)
    for _ in range(steps):
        predicted = inputs @ weights
        if objective == "margin":
            loss = margin(reduced(predicted, prices), outside)
        else:
            loss = spo_plus(predicted, scaled, torch.as_tensor(places.x), torch.as_tensor(best))
        descend(optimizer, loss.mean())
    return weights.detach().numpy()


def pricing(matrix: Array, basis: Array) -> Array:
    """The matrix (n, n) that takes a row of costs to what the columns cost by the basis: A_B^-1 A in its rows."""
    found = np.zeros((matrix.shape[1], matrix.shape[1]))
    found[list(basis)] = np.linalg.solve(matrix[:, basis], matrix)
    return found


def reduced(cost: Tensor, prices: Tensor) -> Tensor:
    """Reduced costs (N, n), c - c_B A_B^-1 A, which are 0 in the basis; it is optimal where none is negative."""
    return cost - torch.einsum("ni,nij->nj", cost, prices)


def margin(costs: Tensor, outside: Tensor) -> Tensor:
    """The sum (N,) of max(0, 1 - reduced cost) over columns outside the basis (N, n): MOM. On the simplex, where x adds
    up to 1, it is the sum of hinges of a classifier of corners."""
    return torch.where(outside, (1 - costs).clamp(min=0), 0.0).sum(1)


def spo_plus(predicted: Tensor, cost: Tensor, corners: Tensor, best: Tensor) -> Tensor:
    """max over corners x (V, n) of (c - 2 c') x, plus 2 c' x* - c x* (N,), where x* is the best corner by the true c:
    never less than the regret, and 0 at the true costs."""
    most = ((cost - 2 * predicted) @ corners.T).max(1).values
    return most + ((2 * predicted - cost) * corners[best]).sum(1)
