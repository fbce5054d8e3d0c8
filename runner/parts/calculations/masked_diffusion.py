"""How far the bound of masked diffusion (MD4; Shi et al., Simplified and Generalized Masked Diffusion for Discrete
Data, NeurIPS 2024, arXiv:2406.04329) is from the entropy of a language, and from what a network of the same size
reaches that predicts tokens one after the other.

The language is a Markov chain of order 1 with a law of each seed's own, Dirichlet(1/2) after every symbol; sequences
are so short that the bound and the entropy are exact sums over all of them. Two multilayer perceptrons of one size
begin with the same weights and see the same fresh sequences. One is trained by the weighted cross-entropy of masked
tokens, at antithetic times as in the released code, whose constant for time 0 is left out. The other predicts the next
token after a random number of tokens, weighed by the length. Sizes are ours.
"""

from copy import deepcopy
from itertools import product
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._masking import bound, continuous, costs, discrete, in_order, kept, surprise, weight
from runner.parts.calculations._network import Network, descend

Array = np.ndarray
METRICS = {
    "gap": ("lower", "[0, inf)", "nats"),
    "behind": ("lower", "(-inf, inf)", "nats"),
    "autoregressive_gap": ("lower", "[0, inf)", "nats"),
    "discrete_gap": ("lower", "(-inf, inf)", "nats"),
}


def masked_diffusion(
    draws: Generator,
    *,
    schedule: Literal["linear", "cosine", "poly"],
    power: Annotated[float, "(0, inf)"],
    eps: Annotated[float, "(0, 0.5)"],
    levels: Annotated[int, "[1, 1000000]"],
    symbols: Annotated[int, "[2, 10]"],
    length: Annotated[int, "[2, 6]"],
    width: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """In nats a sequence: gap, the bound less the entropy; autoregressive_gap, the NLL of the other network less the
    entropy; behind, the bound less that NLL; discrete_gap, the bound of so many `levels` of time less the entropy."""
    problem, start, training = draws.spawn(3)
    law = problem.dirichlet(np.full(symbols, 0.5), size=symbols + 1)  # the last of the first token
    network = Network(start, [length * (symbols + 1), width, length * symbols], ["relu"])
    other = deepcopy(network)
    optimizers = [torch.optim.Adam(one.parameters(), lr=lr) for one in (network, other)]
    schedulers = [torch.optim.lr_scheduler.CosineAnnealingLR(one, steps) for one in optimizers]
    for _ in range(steps):
        seen = torch.as_tensor(drawn(training, law, length, batch_size))
        t = (training.random() + np.arange(batch_size) / batch_size) % 1
        masked = torch.as_tensor(training.random(seen.shape) >= kept(t, schedule, power, eps)[:, None])
        each = torch.as_tensor(weight(t, schedule, power, eps)) * surprise(network, seen, masked, symbols).sum(1)
        descend(optimizers[0], each.mean())
        told = torch.as_tensor(training.integers(length, size=batch_size))
        descend(optimizers[1], length * next_token(other, seen, told, symbols).mean())
        for one in schedulers:
            one.step()
    return measured(network, other, law, length, kept(np.linspace(0, 1, levels + 1), schedule, power, 0.0))


def measured(network: Network, other: Network, law: Array, length: int, a: Array) -> dict[str, float]:
    """See `masked_diffusion`; a (T + 1,) is what is kept at each level."""
    symbols = law.shape[1]
    every = np.array([*product(range(symbols), repeat=length)])
    p = law[-1, every[:, 0]] * law[every[:, :-1], every[:, 1:]].prod(axis=1)
    entropy = -float((p * np.log(p.clip(min=1e-300))).sum())
    cost, others = (costs(one, torch.as_tensor(every), torch.as_tensor(p), symbols) for one in (network, other))
    whole, after = bound(cost, continuous(length)), in_order(others)
    return {
        "gap": whole - entropy,
        "behind": whole - after,
        "autoregressive_gap": after - entropy,
        "discrete_gap": bound(cost, discrete(length, a)) - entropy,
    }


def drawn(draws: Generator, law: Array, length: int, count: int) -> Array:
    """Sequences (count, length) of a law (V + 1, V), its last row of the first token."""
    bounds, levels = law.cumsum(axis=1)[:, :-1], draws.random((length, count))
    found, before = [], np.full(count, len(law) - 1)
    for level in levels:
        before = (bounds[before] < level[:, None]).sum(axis=1)
        found.append(before)
    return np.stack(found, axis=1)


def next_token(network: Network, seen: Tensor, told: Tensor, symbols: int) -> Tensor:
    """(N,) minus the log probability of the token after the first `told` (N,), which may be none."""
    masked = torch.arange(seen.shape[1]) >= told[:, None]
    return surprise(network, seen, masked, symbols).gather(1, told[:, None])[:, 0]
