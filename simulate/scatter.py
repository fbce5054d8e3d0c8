"""Six kinds of scatter of differences of two objectives over seeds, each with mean 0 and standard deviation 1."""

from collections.abc import Callable, Mapping

import numpy as np

from runner.statistics.values import Array

Shape = tuple[int, ...]
Scatter = Callable[[np.random.Generator, Shape], Array]


def normal(rng: np.random.Generator, shape: Shape) -> Array:
    return rng.normal(size=shape)


def skewed(rng: np.random.Generator, shape: Shape) -> Array:
    """Exponential."""
    return rng.exponential(size=shape) - 1


def heavy(rng: np.random.Generator, shape: Shape) -> Array:
    """Student's t with three degrees of freedom."""
    return np.asarray(rng.standard_t(3, size=shape) / np.sqrt(3))


def collapses(rng: np.random.Generator, shape: Shape) -> Array:
    """One seed in ten falls by ten times the standard deviation of the others."""
    fallen = rng.random(shape) < 0.1
    return np.asarray((0.1 * rng.normal(size=shape) - fallen + 0.1) / np.sqrt(0.01 + 0.09))


def ties(rng: np.random.Generator, shape: Shape) -> Array:
    """Few test examples: multiples of half a standard deviation."""
    return np.asarray(np.round(2 * rng.normal(size=shape)) / np.sqrt(4 + 1 / 12))


def clusters(rng: np.random.Generator, shape: Shape) -> Array:
    """Seeds end in one of two places, as often in either."""
    place = rng.choice([-1.0, 1.0], size=shape)
    return np.asarray((place + 0.2 * rng.normal(size=shape)) / np.sqrt(1.04))


SCATTERS: Mapping[str, Scatter] = {
    "normal": normal,
    "skewed": skewed,
    "heavy tails": heavy,
    "collapses": collapses,
    "ties": ties,
    "two clusters": clusters,
}
SYMMETRIC = ("normal", "heavy tails", "ties", "two clusters")
