"""Masked diffusion of discrete sequences (Shi et al., Simplified and Generalized Masked Diffusion for Discrete Data,
NeurIPS 2024, arXiv:2406.04329): schedules, and bounds as sums over sets of masked places.

A token is still seen at time t with probability a(t), which falls from 1 to 0. The bound on the negative log
likelihood of a sequence is the integral over t of -a'(t) / (1 - a(t)) times the expected cross-entropy of the masked
tokens. Of a set of m masked places among n, the integral of its weight is (m - 1)! (n - m)! / n!, whatever the
schedule: the bound is the mean NLL over all orders in which tokens can be told.
"""

from collections.abc import Callable
from itertools import product
from math import factorial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Array = np.ndarray


def kept(t: Array, schedule: str, power: float, eps: float) -> Array:
    """Times in [0, 1] -> a(t), as in the released code.

    Args:
        t: times.
        schedule: linear, 1 - t; cosine, 1 - cos(pi (1 - t) / 2); poly, 1 - t^power.
        power: of poly.
        eps: a is squeezed into [eps, 1 - eps], so that weights stay finite.
    """
    plain = {"linear": 1 - t, "cosine": 1 - np.cos(np.pi * (1 - t) / 2), "poly": 1 - t**power}[schedule]
    return (1 - 2 * eps) * plain + eps


def weight(t: Array, schedule: str, power: float, eps: float) -> Array:
    """The same -> -a'(t) / (1 - a(t))."""
    falls = {
        "linear": np.ones_like(t),
        "cosine": np.pi / 2 * np.sin(np.pi * (1 - t) / 2),
        "poly": power * t ** (power - 1),
    }[schedule]
    return (1 - 2 * eps) * falls / (1 - kept(t, schedule, power, eps))


def continuous(length: int) -> Array:
    """(n + 1,) the weight in the bound of a set of m masked places, m from 0 to n; none where m is 0."""
    own = [factorial(m - 1) * factorial(length - m) / factorial(length) for m in range(1, length + 1)]
    return np.array([0.0, *own])


def discrete(length: int, a: Array) -> Array:
    """The same for times at which a (T + 1,) falls from 1 to 0: sums of (a(s) - a(t)) / (1 - a(t)), s the time before
    t, times how probable the set is at t."""
    before, now = a[:-1, None], a[1:, None]
    m = np.arange(length + 1)
    found = ((before - now) / (1 - now) * (1 - now) ** m * now ** (length - m)).sum(axis=0)
    found[0] = 0
    return found


def patterns(length: int) -> Array:
    """(2^n, n) bool, all sets of masked places."""
    return np.array([*product([False, True], repeat=length)])


def inputs(sequences: Tensor, masked: Tensor, symbols: int) -> Tensor:
    """(N, n (V + 1)) one-hot, of sequences (N, n); the last symbol stands for a masked token."""
    return F.one_hot(sequences.masked_fill(masked, symbols), symbols + 1).double().flatten(1)


def costs(network: Callable[[Tensor], Tensor], sequences: Tensor, p: Tensor, symbols: int) -> Array:
    """(2^n, n) of each set of masked places and each place, the cross-entropy there, expected over sequences (X, n)
    with probabilities p (X,); 0 where a place is not masked.

    Args:
        network: (N, n (V + 1)) inputs -> (N, n V) logits.
        sequences: whole numbers below V = `symbols`.
    """
    found = []
    with torch.no_grad():
        for masked in torch.as_tensor(patterns(sequences.shape[1])):
            own = surprise(network, sequences, masked.expand(len(sequences), -1), symbols)
            found.append(p @ own)
    return torch.stack(found).numpy()


def surprise(network: Callable[[Tensor], Tensor], sequences: Tensor, masked: Tensor, symbols: int) -> Tensor:
    """(N, n) minus the log probability of each token that is masked (N, n), 0 of the others."""
    logits = network(inputs(sequences, masked, symbols)).unflatten(1, (-1, symbols))
    told = logits.log_softmax(2).gather(2, sequences[..., None])[..., 0]
    return -told * masked


def bound(cost: Array, weights: Array) -> float:
    """Of costs (2^n, n), weighed by how many places are masked (n + 1,)."""
    return float((cost.sum(axis=1) * weights[patterns(cost.shape[1]).sum(axis=1)]).sum())


def in_order(cost: Array) -> float:
    """The NLL of telling tokens from the first to the last, of costs (2^n, n)."""
    masked = patterns(cost.shape[1])
    later = [(masked == (np.arange(cost.shape[1]) >= i)).all(axis=1).argmax() for i in range(cost.shape[1])]
    return float(sum(cost[row, i] for i, row in enumerate(later)))
