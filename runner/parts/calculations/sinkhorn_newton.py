"""Sinkhorn's steps, and then Newton's on a Hessian of which most entries are dropped (Tang et al., 2024, ICLR, arXiv
2401.12253), for entropic transport between n points and n points of equal mass.

The plan exp((x_i + y_j - C_ij) / eps) maximizes f(x, y) = sum x_i / n + sum y_j / n - eps sum plan. The Hessian of -f
is [[diag(rows), plan], [plan', diag(columns)]] / eps; of the plan in it the largest entries stay, `density` of every
n. A step solves for the gradient by conjugate gradients and is halved until f rises enough. Costs are uniform on [0,
1], drawn for each seed. The error is sum |rows - 1/n| + sum |columns - 1/n|.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator
from scipy.sparse import bmat, csr_matrix, diags
from scipy.sparse.linalg import cg
from scipy.special import logsumexp

METRICS = {
    "log10_error": ("lower", "(-inf, inf)", ""),  # of the marginals, after all steps
    "quickening": ("higher", "(-inf, inf)", "decades per step"),  # of the second half of Newton's steps over the first
}
Matrix = np.ndarray
FLOOR = 1e-13  # of an error: below it there is rounding alone
ROUNDING = 1e-14  # of the objective
ENOUGH = 1e-4  # of what the slope says, a step is to gain
HALVINGS = 30
SOLVED = {"rtol": 1e-10, "atol": 1e-16, "maxiter": 1000}  # the Hessian of the whole plan is singular


def sinkhorn_newton(
    draws: Generator,
    *,
    n: Annotated[int, "[2, 2000]"],
    eps: Annotated[float, "(0, 10]"],
    sinkhorn: Annotated[int, "[1, 1000000]"],
    newton: Annotated[int, "[0, 1000]"],
    density: Annotated[int, "[1, 2000]"],
) -> dict[str, float]:
    """The error after `sinkhorn` steps and `newton` steps.

    Args:
        density: entries of the plan that stay in the Hessian, of every n.
    """
    cost = draws.uniform(size=(n, n)) / eps
    x, y = scaled(cost, sinkhorn)
    errors = [error(cost, x, y)]
    for _ in range(newton):
        x, y = stepped(cost, x, y, density * n)
        errors.append(error(cost, x, y))
    return {"log10_error": float(np.log10(max(errors[-1], FLOOR))), "quickening": quickening(errors)}


def scaled(cost: Matrix, steps: int) -> tuple[Matrix, Matrix]:
    """The potentials (n,), in units of eps as the costs (n, n) are, after so many steps, each of rows and columns."""
    n = len(cost)
    x, y = np.zeros(n), np.zeros(n)
    for _ in range(steps):
        x = -np.log(n) - logsumexp(y - cost, axis=1)
        y = -np.log(n) - logsumexp(x[:, None] - cost, axis=0)
    return x, y


def plan_of(cost: Matrix, x: Matrix, y: Matrix) -> Matrix:
    """The plan (n, n) of these potentials."""
    return np.exp(x[:, None] + y - cost)


def error(cost: Matrix, x: Matrix, y: Matrix) -> float:
    """By how much mass the marginals differ from what they are to be."""
    plan = plan_of(cost, x, y)
    return float(np.abs(plan.sum(0) - 1 / len(cost)).sum() + np.abs(plan.sum(1) - 1 / len(cost)).sum())


def stepped(cost: Matrix, x: Matrix, y: Matrix, kept: int) -> tuple[Matrix, Matrix]:
    """The potentials after a Newton step on a Hessian with the `kept` largest entries of the plan."""
    n, plan = len(cost), plan_of(cost, x, y)
    rows, columns = plan.sum(1), plan.sum(0)
    few = csr_matrix(np.where(plan >= np.partition(plan.ravel(), -min(kept, n * n))[-min(kept, n * n)], plan, 0.0))
    hessian = bmat([[diags(rows), few], [few.T, diags(columns)]], format="csr")
    gradient = np.concatenate([1 / n - rows, 1 / n - columns])
    move, _ = cg(hessian, gradient, M=diags(1 / np.concatenate([rows, columns])), **SOLVED)

    def value(size: float) -> float:
        a, b = x + size * move[:n], y + size * move[n:]
        return float((a.sum() + b.sum()) / n - np.exp(a[:, None] + b - cost).sum())

    size, start, slope = 1.0, value(0.0), float(gradient @ move)
    for _ in range(HALVINGS):
        if value(size) >= start + ENOUGH * size * slope - ROUNDING:
            break
        size /= 2
    return x + size * move[:n], y + size * move[n:]


def quickening(errors: list[float]) -> float:
    """How many more decades a step the error shrinks in the later half of the steps above rounding, than before."""
    above = [each for each in errors if each > FLOOR]
    gained = -np.diff(np.log10(above))
    half = len(gained) // 2
    return float(gained[half:].mean() - gained[:half].mean()) if half else 0.0
