"""Weights that are kept while data are distilled know more than those that are trained anew from the distilled data
(Vicol, Lorraine, Pedregosa, Duvenaud and Grosse, On Implicit Bias in Overparameterized Bilevel Optimization, ICML 2022;
from memory, unconfirmed).

The outer variables are a few points and the logits of their soft labels. The inner ones are the weights of a linear
classifier. Outer steps are Adam's, on the cross-entropy of scikit-learn's digits, through the inner steps just taken.
A warm start goes on from the weights of the last outer step, and takes `unrolled` inner steps. A cold start begins from
the same weights each time, and takes `retrained` steps. In the end weights are trained anew from the last points, in
`retrained` steps from the first weights. A cold start has just done so, and has nothing beyond these. What a warm start
has beyond them is left from points that went before. Points, steps and data are ours.
"""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._digits import Part, digits
from runner.parts.calculations._network import descend, tensor

METRICS = {
    "beyond_retrained": ("higher", "[-1, 1]", ""),
    "accuracy": ("higher", "[0, 1]", ""),
    "retrained_accuracy": ("higher", "[0, 1]", ""),
}
CLASSES = 10


def warm_distillation(
    draws: Generator,
    *,
    start: Literal["warm", "cold"],
    points: Annotated[int, "[1, 1000]"],
    unrolled: Annotated[int, "[1, 1000]"],
    retrained: Annotated[int, "[1, 10000]"],
    outer_steps: Annotated[int, "[0, 1000000]"],
    inner_lr: Annotated[float, "(0, inf)"],
    outer_lr: Annotated[float, "(0, inf)"],
    train_size: Annotated[int, "[1, 1796]"],
) -> dict[str, float]:
    """Test accuracy of the last inner weights, of weights trained anew from the last points, and their difference."""
    split, first, places = draws.spawn(3)
    (x, y), test = digits(split, train_size)
    begin = tensor(first.normal(0, 0.01, (x.shape[1], CLASSES)))
    data = [tensor(places.normal(0, 1, (points, size))).requires_grad_() for size in (x.shape[1], CLASSES)]
    optimizer = torch.optim.Adam(data, lr=outer_lr)
    steps = unrolled if start == "warm" else retrained
    weights = inner(begin, data, steps, inner_lr)
    for _ in range(outer_steps):
        descend(optimizer, F.cross_entropy(x @ weights, y))
        weights = inner(weights.detach() if start == "warm" else begin, data, steps, inner_lr)
    kept = accuracy(weights, test)
    anew = accuracy(inner(begin, data, retrained, inner_lr), test)
    return {"beyond_retrained": kept - anew, "accuracy": kept, "retrained_accuracy": anew}


def inner(weights: Tensor, data: list[Tensor], steps: int, lr: float) -> Tensor:
    """Weights (C, K) after so many steps of gradient descent on the mean cross-entropy of points (P, C) with labels
    softmax(logits (P, K)); gradients go through the steps."""
    x, labels = data[0], data[1].softmax(1)
    for _ in range(steps):
        weights = weights - lr * x.T @ ((x @ weights).softmax(1) - labels) / len(x)
    return weights


def accuracy(weights: Tensor, part: Part) -> float:
    """The share of examples whose class has the largest output."""
    x, y = part
    return float(((x @ weights).argmax(1) == y).double().mean())
