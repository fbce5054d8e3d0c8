"""The least robust error that any classifier can have, by a linear program, against that of trained networks (Garcia
Trillos, Jacobs and Kim, 2023, JMLR, arXiv 2204.12676; with Werenski, 2024, JMLR, arXiv 2401.09191).

Points of three classes in the plane, and an adversary who moves each within a closed ball of radius eps. Where the
balls of points of different classes meet, he can move them to one place, of which a classifier gets one class right.
So the best robust accuracy is the least sum of weights of such tuples, singles too, that give each point its mass: a
linear program. Balls of one radius meet where the smallest ball around the points has at most that radius. A network
is attacked at a grid of places in each ball, which can only miss errors.
"""

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from torch import Tensor

METRICS = {
    "above_bound": ("higher", "[-1, 1]", "share"),  # attacked_error less least_risk
    "attacked_error": ("lower", "[0, 1]", "share"),
    "least_risk": ("lower", "[0, 1]", "share"),
}
Points = np.ndarray  # (N, 2)
CLASSES = 3
LR = 0.01
SOLVED = 9  # digits of a solution of the linear program


def robust_risk(
    draws: Generator,
    *,
    training: Literal["adversarial", "plain"],
    eps: Annotated[float, "(0, 10]"],
    points: Annotated[int, "[1, 100]"],
    spread: Annotated[float, "[0, 10]"],
    width: Annotated[int, "[1, 4096]"],
    steps: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """The bound, and the error of a network under attack on its training points.

    Args:
        points: of each class, of a normal law about a corner of a triangle whose corners are at 1 from its middle.
        spread: its standard deviation.
        width: of two hidden layers.
    """
    drawn, weights = draws.spawn(2)
    y = np.repeat(np.arange(CLASSES), points)
    around = 2 * np.pi * y / CLASSES
    x = np.stack([np.cos(around), np.sin(around)], 1) + spread * drawn.normal(size=(len(y), 2))
    layers = initial([2, width, width, CLASSES], weights)
    reach = eps * disc(2, 16) if training == "adversarial" else np.zeros((1, 2))
    train(layers, torch.tensor(x[:, None] + reach), torch.tensor(y), steps)
    with torch.no_grad():
        wrong = logits(layers, torch.tensor(x[:, None] + eps * disc(6, 24))).argmax(-1) != torch.tensor(y)[:, None]
    attacked, least = float(wrong.any(1).double().mean()), least_risk(x, y, eps)
    return {"above_bound": round(attacked - least, SOLVED), "attacked_error": attacked, "least_risk": least}


def least_risk(x: Points, y: np.ndarray, eps: float) -> float:
    """The least robust error that any classifier has on these points (N, 2) of classes (N,), of equal mass."""
    meeting = tuples(x, y, eps)
    rows = np.concatenate(meeting)
    columns = np.repeat(np.arange(len(meeting)), [len(each) for each in meeting])
    holds = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(x), len(meeting)))
    found = linprog(np.ones(len(meeting)), A_eq=holds, b_eq=np.full(len(x), 1 / len(x)), method="highs")
    return float(np.clip(1 - found.fun, 0.0, 1.0))


def tuples(x: Points, y: np.ndarray, eps: float) -> list[tuple[int, ...]]:
    """All sets of points of different classes whose balls meet, singles first, then pairs, then triples."""
    apart = np.linalg.norm(x[:, None] - x, axis=2)
    near = (apart <= 2 * eps) & (y[:, None] != y)
    pairs = list(zip(*np.nonzero(np.triu(near)), strict=True))
    triples = [
        (int(i), int(j), int(k))
        for i, j in pairs
        for k in np.nonzero(near[i] & near[j])[0]
        if k > j and radius(apart[i, j], apart[i, k], apart[j, k]) <= eps
    ]
    return [*((i,) for i in range(len(x))), *((int(i), int(j)) for i, j in pairs), *triples]


def radius(a: float, b: float, c: float) -> float:
    """Of the smallest ball around a triangle with these sides."""
    a, b, c = sorted((a, b, c))
    if a**2 + b**2 <= c**2:
        return c / 2
    half = (a + b + c) / 2
    return float(a * b * c / (4 * np.sqrt(half * (half - a) * (half - b) * (half - c))))


def disc(rings: int, spokes: int) -> Points:
    """(P, 2): the middle of the unit disc, and places on rings about it, the last of which is its edge."""
    turn = np.arange(spokes) * 2 * np.pi / spokes
    edge = np.stack([np.cos(turn), np.sin(turn)], 1)
    return np.concatenate([np.zeros((1, 2)), *(edge * (ring + 1) / rings for ring in range(rings))])


def initial(sizes: list[int], draws: Generator) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases of a network of rectifiers with so many neurons a layer."""
    return [
        (
            torch.tensor(np.sqrt(2 / fan_in) * draws.normal(size=(fan_in, out)), requires_grad=True),
            torch.zeros(out, dtype=torch.float64, requires_grad=True),
        )
        for fan_in, out in pairwise(sizes)
    ]


def logits(layers: list[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """Of places (..., 2): (..., K)."""
    for weight, bias in layers[:-1]:
        x = torch.relu(x @ weight + bias)
    return x @ layers[-1][0] + layers[-1][1]


def train(layers: list[tuple[Tensor, Tensor]], places: Tensor, y: Tensor, steps: int) -> None:
    """By cross-entropy at the worst of the places (N, P, 2) of each point, in place."""
    every = torch.arange(len(y))
    optimizer = torch.optim.Adam([each for layer in layers for each in layer], lr=LR)
    for _ in range(steps):
        with torch.no_grad():
            worst = logits(layers, places).log_softmax(-1)[every, :, y].argmin(1)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits(layers, places[every, worst]), y).backward()
        optimizer.step()
