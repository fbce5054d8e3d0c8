"""How well the losses of networks that are trained on mixtures of domains are predicted from what networks of the
single domains say, and from the rates of the mixture alone (MDE, the mixture of data experts; Belenki et al.,
Optimizing Pre-Training Data Mixtures with Mixtures of Data Expert Models, 2025, arXiv:2502.15950; title and number from
memory, unconfirmed).

An expert is trained on one domain. For rates r of the domains, the mixture of experts gives the token y after x the
probability sum_d r_d p_d(y | x), without any training. Its loss on each domain is taken for the feature from which the
loss of the network that was trained on the mixture is predicted: by least squares over mixtures, each mixture predicted
from the others. Which regression the paper has is in doubt; linear least squares is our choice.

Domains are Markov chains of order 1 that share the laws of some symbols; laws are Dirichlet(1/2). A network has a small
inner layer without a function, so that it cannot hold all domains at once, and is trained on the counts of sampled
pairs, all pairs in each step. Losses are exact. Sizes are ours.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import descend, tensor

Array = np.ndarray
METRICS = {"error": ("lower", "[0, inf)", "nats"), "spread": ("higher", "[0, inf)", "nats")}


def data_mixture(
    draws: Generator,
    *,
    features: Literal["experts", "rates", "both"],
    domains: Annotated[int, "[2, 100]"],
    symbols: Annotated[int, "[2, 1000]"],
    shared: Annotated[float, "[0, 1]"],
    mixtures: Annotated[int, "[3, 10000]"],
    pairs: Annotated[int, "[1, 10000000]"],
    width: Annotated[int, "[1, 1000]"],
    steps: Annotated[int, "[1, 1000000]"],
    lr: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """error, the mean absolute error of the predicted losses of left-out mixtures, over domains; spread, the same of
    predicting the mean of the other mixtures' losses."""
    problem, sampling, start = draws.spawn(3)
    law = problem.dirichlet(np.full(symbols, 0.5), size=(domains, symbols))
    law[:, : round(shared * symbols)] = law[0, : round(shared * symbols)]
    rates = problem.dirichlet(np.ones(domains), size=mixtures)
    truth = np.stack([stationary(each)[:, None] * each for each in law])  # (E, V, V) of pairs
    counts = [sampling.multinomial(pairs, (r @ truth.reshape(domains, -1))) for r in (*np.eye(domains), *rates)]
    shares = np.stack(counts).reshape(-1, symbols, symbols) / pairs
    log_p = trained(start, tensor(shares), width, steps, lr)
    experts, found = log_p[:domains], -np.einsum("exy,mxy->me", truth, log_p[domains:].numpy())
    mixed = np.stack([mixture_losses(experts.exp(), tensor(r)).numpy() for r in rates])  # (M, V, V)
    told = np.einsum("exy,mxy->me", truth, mixed)
    asked = {"experts": (told,), "rates": (), "both": (told,)}[features]
    beside = rates[:, 1:] if features != "experts" else rates[:, :0]
    errors = [left_out(y, np.column_stack([*(each[:, d] for each in asked), beside])) for d, y in enumerate(found.T)]
    spread = [left_out(y, rates[:, :0]) for y in found.T]
    return {"error": float(np.mean(errors)), "spread": float(np.mean(spread))}


def stationary(law: Array) -> Array:
    """(V,) how often a symbol comes, of a law (V, V) of the next one."""
    size = len(law)
    equations = np.vstack([law.T - np.eye(size), np.ones(size)])
    return np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)[0]


def trained(draws: Generator, shares: Tensor, width: int, steps: int, lr: float) -> Tensor:
    """(R, V, V) log probabilities of the next symbol, of networks that are trained on shares (R, V, V) of pairs; they
    begin with the same weights."""
    copies, symbols, _ = shares.shape
    first, last = (
        tensor(draws.normal(0, 1 / np.sqrt(before), (before, after))).expand(copies, -1, -1).clone().requires_grad_()
        for before, after in ((symbols, width), (width, symbols))
    )
    optimizer = torch.optim.Adam([first, last], lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        descend(optimizer, -(shares * (first @ last).log_softmax(2)).sum())
        schedule.step()
    return (first @ last).log_softmax(2).detach()


def mixture_losses(p: Tensor, rates: Tensor) -> Tensor:
    """Probabilities (E, ...) that experts give to tokens, and rates (E,) -> (...) minus the log of their mixture."""
    return -torch.tensordot(rates, p, 1).log()


def left_out(y: Array, x: Array) -> float:
    """The mean absolute error of y (M,), each predicted from x (M, F) and a constant by least squares over the others.

    The residual of one that was left out is that of all over 1 less its leverage.
    """
    basis, _ = np.linalg.qr(np.column_stack([np.ones(len(y)), x]))
    residual = y - basis @ (basis.T @ y)
    return float(np.abs(residual / (1 - (basis**2).sum(axis=1))).mean())
