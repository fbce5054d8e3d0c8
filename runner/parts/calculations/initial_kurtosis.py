"""How far the preactivations of a random network of rectifiers are from Gaussian, and how their variance drifts with
depth (Roberts, Yaida and Hanin, The Principles of Deep Learning Theory, Cambridge University Press, 2022).

Weights are Gaussian of variance gain / width, there are no biases, and the input has mean square 1. Given a layer,
the next has independent Gaussian preactivations of variance gain mean(relu(z)^2), and so is drawn, without its
weights. With gain 2 the excess kurtosis at layer L is 3 ((1 + 5 / width)^(L - 1) - 1), of which the book has the
first order, 15 (L - 1) / width; the variance is multiplied by gain / 2 a layer.
"""

from typing import Annotated

import numpy as np
from numpy.random import Generator

METRICS = {
    "excess_kurtosis": ("lower", "[-2, inf)", ""),  # of the last layer's preactivations, over networks and neurons
    "variance_drift": ("lower", "[0, inf)", "nats per layer"),  # |log of the last layer's in the first one's|
}
Layer = np.ndarray  # (networks, width)


def initial_kurtosis(
    draws: Generator,
    *,
    width: Annotated[int, "[1, 10000]"],
    depth: Annotated[int, "[2, 1000]"],
    gain: Annotated[float, "(0, 10]"],
    networks: Annotated[int, "[10, 10000000]"],
) -> dict[str, float]:
    """Of networks drawn anew, measured."""
    first = z = np.sqrt(gain) * draws.normal(size=(networks, width))
    for _ in range(depth - 1):
        z = following(z, gain, draws)
    drift = np.log(np.square(z).mean() / np.square(first).mean())
    return {"excess_kurtosis": excess_kurtosis(z), "variance_drift": abs(float(drift)) / (depth - 1)}


def following(z: Layer, gain: float, draws: Generator) -> Layer:
    """The preactivations of the layer after `z`, as wide."""
    variance = gain * np.square(np.maximum(z, 0.0)).mean(1, keepdims=True)
    return np.sqrt(variance) * draws.normal(size=z.shape)


def excess_kurtosis(z: Layer) -> float:
    """E z^4 / (E z^2)^2 - 3, of a law with mean 0."""
    square = np.square(z)
    return float(np.square(square).mean() / square.mean() ** 2 - 3)
