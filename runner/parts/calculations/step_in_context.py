"""One layer of linear self-attention that is trained on prompts of linear regression predicts what one step of gradient
descent does: its risk becomes that of the best step, and where features differ in scale that of the best
preconditioned step (Mahankali, Hashimoto and Ma, One Step of Gradient Descent is Provably the Optimal In-Context
Learner with One Layer of Linear Self-Attention, ICLR 2024).

A prompt has n pairs, x ~ N(0, S), y = w x + N(0, noise^2), and a query x; w ~ N(0, S^-1), another of each prompt; S is
diagonal, of each seed another one. The layer predicts v' G M x, where G is the sum of (x_i, y_i) (x_i, y_i)' over the
pairs, which is all that attention without softmax makes of them. It is trained by Adam on fresh prompts, with a rate
that falls to zero. The step predicts eta (sum of y_i x_i)' x with the best eta; the preconditioned one has S^-1 in it.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import descend

Array = np.ndarray
METRICS = {"risk": ("lower", "[0, inf)", "squared error")}


def step_in_context(
    draws: Generator,
    *,
    predictor: Literal["attention", "step", "preconditioned"],
    features: Annotated[int, "[1, 100]"],
    context: Annotated[int, "[1, 1000]"],
    noise: Annotated[float, "[0, 10]"],
    spread: Annotated[float, "[0, 3]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[1, 10000000]"],
) -> dict[str, float]:
    """The mean squared error over `tested` prompts."""
    problem, start, training, testing = draws.spawn(4)
    variances = np.exp(problem.uniform(-spread, spread, size=features))
    moments, query, target = prompts(testing, variances, context, noise, tested)
    if predictor == "attention":
        v, m = 0.1 * start.normal(size=features + 1), 0.1 * start.normal(size=(features + 1, features))
        batches = (prompts(training, variances, context, noise, batch_size) for _ in range(steps))
        weights = trained(v, m, batches, lr, steps)
        predicted = attention(torch.as_tensor(moments), torch.as_tensor(query), *weights).numpy()
    else:
        scale = variances if predictor == "preconditioned" else np.ones(features)
        predicted = best_step(variances, context, noise, scale) * np.sum(moments[:, -1, :-1] / scale * query, axis=1)
    return {"risk": float(np.mean((predicted - target) ** 2))}


def prompts(draws: Generator, variances: Array, context: int, noise: float, count: int) -> tuple[Array, Array, Array]:
    """G (B, d + 1, d + 1), the query (B, d) and its y (B,) of so many prompts."""
    scale = np.sqrt(variances)
    x = scale * draws.normal(size=(count, context + 1, len(variances)))
    w = draws.normal(size=(count, len(variances), 1)) / scale[:, None]
    y = x @ w + noise * draws.normal(size=(count, context + 1, 1))
    pairs = np.concatenate([x, y], axis=2)[:, :-1]
    return pairs.transpose(0, 2, 1) @ pairs, x[:, -1], y[:, -1, 0]


def best_step(variances: Array, context: int, noise: float, scale: Array) -> float:
    """The eta of the least risk of eta (sum of y_i x_i)' diag(1 / scale) x.

    With a_j = variances_j / scale_j it is the sum of a / ((n + 1 + d + noise^2) times the sum of a^2), by the moments
    of Gaussians; for variances of 1 that is 1 / (n + 1 + d + noise^2).
    """
    a = variances / scale
    return float(a.sum() / ((context + 1 + len(a) + noise**2) * (a @ a)))


def attention(moments: Tensor, query: Tensor, v: Tensor, m: Tensor) -> Tensor:
    """v' G M x (B,)."""
    return (moments @ v * (query @ m.T)).sum(1)


def trained(v: Array, m: Array, batches: Iterable[tuple[Array, Array, Array]], lr: float, steps: int) -> list[Tensor]:
    """v (d + 1,) and M (d + 1, d) after a step of Adam on the squared error of each batch."""
    weights = [torch.tensor(each, requires_grad=True) for each in (v, m)]
    optimizer = torch.optim.Adam(weights, lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for moments, query, target in batches:
        predicted = attention(torch.as_tensor(moments), torch.as_tensor(query), *weights)
        descend(optimizer, (predicted - torch.as_tensor(target)).square().mean())
        schedule.step()
    return [each.detach() for each in weights]
