"""A causal transformer that is trained on prompts of linear regression to predict the mean and the standard deviation
of the next y comes near to what Bayes' rule says of them, and is further from it where tasks are drawn otherwise than
in training (Liu, Cai, Chen and Li, Towards Better Understanding of In-Context Learning Ability from In-Context
Uncertainty Quantification, 2024, arXiv 2405.15115).

A prompt has pairs x ~ N(0, I) and y = w x + N(0, s^2), with w ~ N(0, I) and one of two s, equally likely, both drawn
anew. A place of the transformer holds the x of one pair, of which it predicts y, and the pair before it. The loss is
log(deviation) + (y - mean)^2 / (2 deviation^2), whose minimum is Bayes' mean and deviation. Errors are over places
that have seen at least twice as many pairs as there are features. Of shifted tasks, w is larger by a factor, and what
Bayes says of them is by the w of training. One feature and the sizes are ours, and were chosen on other prompts than
those of any seed.
"""

from typing import Annotated

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._transformer import Adam, Transformer

Array = np.ndarray
METRICS = {
    "deviation_error": ("lower", "[0, inf)", ""),
    "mean_error": ("lower", "[0, inf)", ""),
    "deviation_shift": ("higher", "(-inf, inf)", ""),
    "mean_shift": ("higher", "(-inf, inf)", ""),
}


def uncertainty_in_context(
    draws: Generator,
    *,
    features: Annotated[int, "[1, 100]"],
    context: Annotated[int, "[2, 1000]"],
    noises: list[float],
    shift: Annotated[float, "(0, inf)"],
    width: Annotated[int, "[1, 1000]"],
    layers: Annotated[int, "[1, 100]"],
    heads: Annotated[int, "[1, 100]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    tested: Annotated[int, "[1, 10000000]"],
) -> dict[str, float]:
    """The mean of |deviation / Bayes' - 1|, the root mean square of (mean - Bayes') / Bayes' deviation, and by how much
    either is larger where tasks are shifted."""
    start, training, testing, shifted = draws.spawn(4)
    network = Transformer(start, 1, (2 * features + 1, width, 2), context, layers, heads)
    optimizer = Adam(network.parameters(), [lr], steps)
    for _ in range(steps):
        x, y = prompts(training, features, context, noises, batch_size)
        mean, log_deviation = predicted(network, x, y)
        error = (torch.as_tensor(y) - mean).square() / 2
        optimizer.descend((log_deviation + error * (-2 * log_deviation).exp()).mean((1, 2)))
    plain = errors(network, *prompts(testing, features, context, noises, tested), noises)
    other = errors(network, *prompts(shifted, features, context, noises, tested, shift), noises)
    return {
        "deviation_error": plain[0], "mean_error": plain[1],
        "deviation_shift": other[0] - plain[0], "mean_shift": other[1] - plain[1],
    }  # fmt: skip


def prompts(
    draws: Generator, features: int, context: int, noises: list[float], count: int, scale: float = 1.0
) -> tuple[Array, Array]:
    """x (B, T, d) and y (B, T) of so many prompts; w has standard deviation `scale`."""
    x, w = draws.normal(size=(count, context, features)), scale * draws.normal(size=(count, features, 1))
    noise = draws.choice(noises, size=(count, 1)) * draws.normal(size=(count, context))
    return x, (x @ w)[..., 0] + noise


def predicted(network: Transformer, x: Array, y: Array) -> Tensor:
    """Mean and logarithm of the deviation (2, 1, B, T) of each y, from its x and the pairs before it."""
    pairs = np.concatenate([x, y[..., None]], axis=2)
    before = np.concatenate([np.zeros_like(pairs[:, :1]), pairs[:, :-1]], axis=1)
    return network(torch.as_tensor(np.concatenate([x, before], axis=2))).movedim(-1, 0)


def errors(network: Transformer, x: Array, y: Array, noises: list[float]) -> tuple[float, float]:
    """How far the deviation and the mean are from Bayes', over places that have seen 2 d pairs or more."""
    with torch.no_grad():
        mean, log_deviation = predicted(network, x, y)[:, 0, :, 2 * x.shape[2] :].numpy()
    true, variance = (each[:, 2 * x.shape[2] :] for each in bayes(x, y, np.array(noises)))
    deviation = np.sqrt(variance)
    off = np.abs(np.exp(log_deviation) / deviation - 1)
    return float(off.mean()), float(np.sqrt(np.mean(((mean - true) / deviation) ** 2)))


def bayes(x: Array, y: Array, noises: Array) -> tuple[Array, Array]:
    """Mean and variance (B, T) of each y given its x and the pairs before it: w ~ N(0, I), the K noises equally likely.

    For each noise w stays normal, with mean (B, K, d) and covariance (B, K, d, d) that each pair changes.
    """
    (count, context, features), many = x.shape, len(noises)
    mean, covariance = np.zeros((count, many, features)), np.tile(np.eye(features), (count, many, 1, 1))
    logs, found = np.zeros((count, many)), np.zeros((2, count, context))
    for t in range(context):
        ahead = np.einsum("bkij,bj->bki", covariance, x[:, t])
        center = np.einsum("bki,bi->bk", mean, x[:, t])
        spread = np.einsum("bki,bi->bk", ahead, x[:, t]) + noises**2
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        found[0, :, t] = (shares * center).sum(axis=1)
        found[1, :, t] = (shares * (spread + center**2)).sum(axis=1) - found[0, :, t] ** 2
        off = y[:, t, None] - center
        logs -= (np.log(spread) + off**2 / spread) / 2
        mean += ahead * (off / spread)[..., None]
        covariance -= ahead[..., :, None] * ahead[..., None, :] / spread[..., None, None]
    return found[0], found[1]
