"""How nearly the straight path from noise to data has the least kinetic energy of all Gaussian paths, as the dimension
grows (Shaul et al., 2023, ICML, arXiv 2306.06626).

A path is x = s x0 + m x1, with x0 noise of N(0, I) and x1 one of n points, both of variance 1. Its velocity
is the mean of x0 ds + x1 dm given x. With s = r cos(u), m = r sin(u) and Var(x1 | x) = 1 - separation, its energy is
that of a curve with dr^2 + r^2 w du^2, w = 1 - (1 - separation) / cos(u)^2: a plane with the angle v whose dv is
sqrt(w) du. So the least energy is that of a chord, 2 - 2 cos(v at u = pi/2). The straight path has s = 1 - t and
m = t; where the points are told apart at all times, w = 1, and it is the chord. The separation is our reading of the
paper's function, whose normalization we could not confirm: 1 less the variance left of x1 in that of the data.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator
from scipy.special import softmax

METRICS = {
    "excess_energy": ("lower", "(-inf, inf)", "data variance"),  # a coordinate, of the straight path
    "separation": ("higher", "(-inf, 1]", "share"),  # half way on the straight path
}
Points = np.ndarray  # (n, d)


def kinetic_path(
    draws: Generator,
    *,
    dimension: Annotated[int, "[1, 10000]"],
    points: Annotated[int, "[2, 10000]"],
    angles: Annotated[int, "[10, 1000]"],
) -> dict[str, float]:
    """The energy of the straight path beyond the least, of Gaussian points, and how far they are told apart half way.

    Args:
        angles: between 0 and pi/2, at each of which the separation is measured, once from each point.
    """
    drawn, noises = draws.spawn(2)
    data = drawn.normal(size=(points, dimension))
    data -= data.mean(0)
    data /= np.sqrt(np.square(data).mean())
    at = (np.arange(angles) + 0.5) * np.pi / 2 / angles
    told = np.array([separation(data, noises.normal(size=data.shape), np.sin(u), np.cos(u)) for u in at])
    half = separation(data, noises.normal(size=data.shape), 0.5, 0.5)
    return {"excess_energy": excess(at, told), "separation": half}


def posterior(data: Points, noise: Points, m: float, s: float) -> Points:
    """(n, n): at m x + s noise, of each point x, how likely each of the points is."""
    at = m * data + s * noise
    square = np.square(at).sum(1, keepdims=True) - 2 * m * at @ data.T + m**2 * np.square(data).sum(1)
    return softmax(-square / (2 * s**2), axis=1)


def separation(data: Points, noise: Points, m: float, s: float) -> float:
    """1 less the squared error of the posterior mean, in the variance of the points."""
    error = posterior(data, noise, m, s) @ data - data
    return float(1 - np.square(error).sum() / np.square(data - data.mean(0)).sum())


def excess(angles: np.ndarray, separations: np.ndarray) -> float:
    """Kinetic energy of the straight path less the least there is, from separations (N,) at N angles, evenly between 0
    and pi/2, of which none is an end."""
    weight = np.maximum(1 - (1 - separations) / np.cos(angles) ** 2, 0.0)
    step = np.pi / 2 / len(angles)
    least = 2 - 2 * np.cos(np.sqrt(weight).sum() * step)
    # on the straight line, which passes the origin at 1/sqrt(2), r = 1 / (sqrt(2) cos(u - pi/4)) and dt = r^2 du
    radius = 1 / (np.sqrt(2) * np.cos(angles - np.pi / 4))
    inward = radius * np.tan(angles - np.pi / 4)  # dr / du
    straight = ((np.square(inward) + np.square(radius) * weight) / np.square(radius)).sum() * step
    return float(straight - least)
