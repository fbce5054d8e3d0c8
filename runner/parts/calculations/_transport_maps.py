"""Maps from one sample to another: without training, and by Sinkhorn's divergence with and without the Monge gap."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from scipy.spatial import KDTree
from torch import Tensor

from runner.parts.calculations._gaussian_transport import assigned, optimal_map
from runner.parts.calculations._network import tensor
from runner.parts.calculations._transport_objectives import Entropy, monge_gap, sinkhorn_divergence
from runner.parts.calculations._transport_training import Map, Samples, Training, trained, two_layers


def from_moments(x: np.ndarray, y: np.ndarray) -> Map:
    """The optimal affine map between Gaussians that have the means and covariances of samples (N, d)."""
    matrix = tensor(optimal_map(np.cov(x, rowvar=False), np.cov(y, rowvar=False)))
    start, end = tensor(x.mean(axis=0)), tensor(y.mean(axis=0))
    return lambda points, draws: end + (points - start) @ matrix.T


def discrete(x: np.ndarray, y: np.ndarray) -> Map:
    """A point goes where exact transport between samples (N, d) brings the nearest point of the first."""
    ends, near = y[assigned(x, y)], KDTree(x)
    return lambda points, draws: tensor(ends[near.query(points.numpy())[1]])


class Regularized(NamedTuple):
    """Sinkhorn's divergence from samples that are mapped to those of the target, and `weight` times the Monge gap.

    Attributes:
        eps: of either.
        entropy: see transport_cost; of the Monge gap.
        weight: 0: the divergence alone.
    """

    eps: float
    entropy: Entropy
    weight: float

    def __call__(self, x: Tensor, mapped: Tensor, y: Tensor) -> Tensor:
        """() of points (N, d), where they are mapped (N, d), and targets (N, d)."""
        fit = sinkhorn_divergence(mapped, y, self.eps)
        return fit + self.weight * monge_gap(x, mapped, self.eps, self.entropy) if self.weight else fit


def regularized(objective: Regularized, start: Generator, samples: Samples, training: Training) -> Map:
    """x + network(x), trained by an objective."""
    features = len(samples.roots[0])
    network = two_layers(start, features, training.width, features)
    trained(network, lambda x, y: objective(x, x + network(x), y), samples, training)
    return lambda points, draws: points + network(points)
