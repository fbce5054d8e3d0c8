"""Pairs of a batch, and what of them counts: masks in place of selections, so that seeds stack."""

import torch
from torch import Tensor
from torch.nn.functional import normalize


def itself(labels: Tensor) -> Tensor:
    """(B, B) bool, which pairs are of an example with itself."""
    return torch.eye(len(labels), dtype=torch.bool, device=labels.device)


def same_class(labels: Tensor) -> Tensor:
    """(B, B) bool, which pairs (i, j) of different examples are of one class, from labels (B,)."""
    return (labels[:, None] == labels) & ~itself(labels)


def other_class(labels: Tensor) -> Tensor:
    """(B, B) bool, which pairs are of two classes."""
    return labels[:, None] != labels


def cosines(embeddings: Tensor) -> Tensor:
    """(B, B) of the embeddings (B, D)."""
    return to_proxies(embeddings, embeddings)


def to_proxies(embeddings: Tensor, proxies: Tensor) -> Tensor:
    """(B, K) cosines of embeddings (B, D) and proxies (K, D)."""
    return normalize(embeddings, dim=1) @ normalize(proxies, dim=1).mT


def distances(embeddings: Tensor) -> Tensor:
    """(B, B) Euclidean distances of the embeddings (B, D) scaled to length 1, with a gradient of 0 where two are
    equal."""
    unit = normalize(embeddings, dim=1)
    squares = (unit[:, None] - unit).square().sum(2)
    apart = squares > 0
    return squares.where(apart, 1.0).sqrt().where(apart, 0.0)


def mean_over(values: Tensor, among: Tensor) -> Tensor:
    """() the mean of those values that a mask of the same shape names; 0 of none."""
    return values.where(among, 0.0).sum() / among.sum().clamp(min=1)


def mean_above_zero(values: Tensor, among: Tensor) -> Tensor:
    """() as mean_over, of those that are above 0."""
    return mean_over(values, among & (values > 0))


def log_sum(exponents: Tensor, among: Tensor) -> Tensor:
    """(B,) log(sum_j exp(x_ij)) over those of a row that a mask names, from x (B, B'); of all, where it names none."""
    kept = among | ~among.any(1, keepdim=True)
    return exponents.masked_fill(~kept, -torch.inf).logsumexp(1)


def log_one_plus_sum(exponents: Tensor, among: Tensor) -> Tensor:
    """(B,) log(1 + sum_j exp(x_ij)) over those of a row that a mask names, from x (B, B')."""
    zero = torch.zeros_like(exponents[:, :1])
    return torch.cat([zero, exponents.masked_fill(~among, -torch.inf)], dim=1).logsumexp(1)
