"""Simpson's bias of a Dice loss: a mean of losses of examples, or of batches, is not the loss of the data set (Yuan et
al., Simpson's Bias in NLP Training, AAAI 2021).

With p the probability that is predicted, y the label and sums over a set of examples,

    Dice = 1 - (2 sum p y + s) / (sum p + sum y + s),

is a loss of each example (level: example), or of a batch (level: batch). What is wanted is that of the whole data set,
without s: 1 - soft F1. A logistic regression on d features is trained by either, s = 1, to find the few positives. The
features of these are shifted by a length of 2 in a direction that is drawn for each seed.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import batches, descend

METRICS = {
    "bias": ("lower", "[0, 1]", ""),
    "f1": ("higher", "[0, 1]", "share"),
}
SMOOTH = 1.0
SHIFT = 2.0
LR = 0.05


def dice_levels(
    draws: Generator,
    *,
    level: Literal["example", "batch"],
    batch: Annotated[int, "[2, 100000]"],
    imbalance: Annotated[float, "[1, inf)"],
    features: Annotated[int, "[1, 1000]"],
    examples: Annotated[int, "[100, 1000000]"],
    epochs: Annotated[int, "[1, 10000]"],
) -> dict[str, float]:
    """How far the mean loss of new examples is from 1 - soft F1 of them all, and F1 of the predicted labels."""
    of_truth, of_train, of_test, of_order = draws.spawn(4)
    direction = of_truth.normal(size=features)
    shift = SHIFT * direction / np.linalg.norm(direction)
    train, test = (sampled(stream, shift, examples, imbalance) for stream in (of_train, of_test))
    weights = torch.zeros(features + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=LR)
    for places in batches(of_order, examples, batch, epochs):
        descend(optimizer, dice(predicted(weights, train[0][places]), train[1][places], level))
    with torch.no_grad():
        parts = [
            dice(predicted(weights, x), y, level) for x, y in zip(*(each.split(batch) for each in test), strict=True)
        ]
        p, y = predicted(weights, test[0]), test[1]
        bias = (torch.stack(parts).mean() - of_set(p, y, 0.0)).abs()
        return {"bias": float(bias), "f1": 1 - float(of_set((p > 0.5).double(), y, 0.0))}


def dice(p: Tensor, y: Tensor, level: str) -> Tensor:
    """() of probabilities and labels (B,)."""
    return of_set(p[:, None], y[:, None], SMOOTH).mean() if level == "example" else of_set(p, y, SMOOTH)


def of_set(p: Tensor, y: Tensor, smooth: float) -> Tensor:
    """Of sets of examples, along the last axis (..., M) -> (...)."""
    return 1 - (2 * (p * y).sum(-1) + smooth) / (p.sum(-1) + y.sum(-1) + smooth).clamp(min=torch.finfo(p.dtype).tiny)


def sampled(draws: Generator, shift: np.ndarray, examples: int, imbalance: float) -> tuple[Tensor, Tensor]:
    """Features with a 1 behind (N, d + 1) and labels (N,), of which one in 1 + imbalance is positive, at least one."""
    y = draws.permutation(np.arange(examples) < max(1, round(examples / (1 + imbalance)))).astype(float)
    x = draws.normal(size=(examples, len(shift))) + y[:, None] * shift
    return torch.from_numpy(np.column_stack([x, np.ones(examples)])), torch.from_numpy(y)


def predicted(weights: Tensor, x: Tensor) -> Tensor:
    return (x @ weights).sigmoid()
