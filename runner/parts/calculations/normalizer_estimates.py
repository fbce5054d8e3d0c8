"""A model whose density is known up to a factor is fitted by maximum likelihood, with noise for the factor, by noise
contrast or by compositional optimization (Jiang, Qin, Wu, Chen, Yang and Zhang, Learning Unnormalized Statistical
Models via Compositional Optimization, ICML 2023; from memory, unconfirmed).

The model is exp f(x) with f(x) = -(x - m)^2 / 2 + c, the data are N(0, 1), the noise q is N(distance, 1). Of data x and
noise z, with weights w = exp f(z) / q(z):

    nce: -mean log sigmoid(f(x) - log q(x)) - mean log sigmoid(log q(z) - f(z)); c learns minus the logarithm of the
        normalizer (Gutmann and Hyvärinen, AISTATS 2010).
    importance: -mean f(x) + log mean w, on each batch.
    meco: its gradient with the denominator u in place of mean w, u = (1 - gamma) u + gamma mean w; u is carried along.

gamma = 1 makes importance of meco. Parameters take plain steps. The STORM correction of the paper's algorithm is left
out. c does not change what the last two say of m, and is left alone there. Every method starts at the mean of the noise
and chooses the step, among as many, that leaves the smallest error of runs on other draws; all steps meet one noise.
"""

from collections.abc import Sequence
from math import log, pi
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from scipy.special import expit

METRICS = {
    "log_error": ("lower", "(-inf, inf)", "nats"),  # logarithm of the mean over runs of |m - mean of the examples|
    "rate": ("higher", "(0, inf)", ""),  # that was chosen
}
RATES = (1e-3, 100.0)  # the ends of what is tried
Array = np.ndarray


def normalizer_estimates(
    draws: Generator,
    *,
    method: Literal["nce", "importance", "meco"],
    distance: Annotated[float, "[0, 100]"],
    gamma: Annotated[float, "(0, 1]"],
    examples: Annotated[int, "[1, 1000000]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    runs: Annotated[int, "[1, 10000]"],
    rates: Annotated[int, "[1, 1000]"],
) -> dict[str, float]:
    """The error of m after `steps`, at the rate that suited other runs best."""
    tuning, judging = draws.spawn(2)
    tried, share = np.geomspace(*RATES, rates), 1.0 if method == "importance" else gamma

    def errors(stream: Generator, chosen: Array) -> Array:
        x = stream.normal(size=(runs, examples))
        with np.errstate(all="ignore"):  # a step that is too large diverges
            found = fitted(stream, method, x, (distance, batch_size, steps), chosen, share)
        return np.asarray(np.abs(found - x.mean(1)).mean(1))

    chosen = tried[[int(np.nan_to_num(errors(tuning, tried), nan=np.inf).argmin())]]
    return {"log_error": float(np.log(errors(judging, chosen)[0])), "rate": float(chosen[0])}


def fitted(draws: Generator, method: str, x: Array, sizes: tuple[float, int, int], rates: Array, gamma: float) -> Array:
    """m (S, R) of each rate (S,) and run, from its examples (R, N), and distance, batch size and steps."""
    distance, batch, steps = sizes
    theta = np.zeros((2, len(rates), len(x)))
    theta[0] = distance
    theta[1] = -log(2 * pi) / 2
    u = np.ones(theta.shape[1:])
    for _ in range(steps):
        data = np.take_along_axis(x, draws.integers(x.shape[1], size=(len(x), batch)), 1)
        noise = distance + draws.normal(size=data.shape)
        if method == "nce":
            gradient = contrast_gradient(theta, data, noise, (distance, 1.0))
        else:
            u, gradient = likelihood_gradient(theta, data, noise, (distance, 1.0), (u, gamma))
            gradient[1] = 0
        theta = theta - rates[:, None] * gradient
    return theta[0]


def unnormalized(theta: Array, x: Array) -> Array:
    """f (..., B) of points (..., B), with m and c, (2, ...)."""
    return theta[1][..., None] - (x - theta[0][..., None]) ** 2 / 2


def log_noise(x: Array, noise: Sequence[float]) -> Array:
    """The log density of N(mean, deviation^2) at x, of `noise` = (mean, deviation)."""
    mean, deviation = noise
    return -(((x - mean) / deviation) ** 2) / 2 - log(2 * pi) / 2 - log(deviation)


def contrast(theta: Array, data: Array, noise: Array, law: Sequence[float]) -> Array:
    """The loss of nce (...), of data (..., B), noise (..., M) and the law of the noise."""
    real, fake = (unnormalized(theta, each) - log_noise(each, law) for each in (data, noise))
    return np.asarray(np.logaddexp(0, -real).mean(-1) + np.logaddexp(0, fake).mean(-1))


def contrast_gradient(theta: Array, data: Array, noise: Array, law: Sequence[float]) -> Array:
    """Its derivatives (2, ...) by m and c."""
    real, fake = (expit(unnormalized(theta, each) - log_noise(each, law)) for each in (data, noise))
    return along(theta, noise, fake) - along(theta, data, 1 - real)


def likelihood(theta: Array, data: Array, noise: Array, law: Sequence[float]) -> Array:
    """The loss of importance (...)."""
    return np.asarray(np.log(weights(theta, noise, law).mean(-1)) - unnormalized(theta, data).mean(-1))


def likelihood_gradient(
    theta: Array, data: Array, noise: Array, law: Sequence[float], moving: tuple[Array, float]
) -> tuple[Array, Array]:
    """The denominator u (...) as it moves by gamma, and derivatives (2, ...) of the loss with it.

    Args:
        moving: u before, and gamma.
    """
    before, gamma = moving
    weight = weights(theta, noise, law)
    u = (1 - gamma) * before + gamma * weight.mean(-1)
    return u, along(theta, noise, weight) / u - along(theta, data, np.ones_like(data))


def weights(theta: Array, noise: Array, law: Sequence[float]) -> Array:
    """exp f(z) / q(z) (..., M)."""
    return np.asarray(np.exp(unnormalized(theta, noise) - log_noise(noise, law)))


def along(theta: Array, x: Array, weight: Array) -> Array:
    """The mean over points (..., B) of weights times derivatives of f, (2, ...)."""
    return np.stack([(weight * (x - theta[0][..., None])).mean(-1), np.broadcast_to(weight.mean(-1), theta[1].shape)])
