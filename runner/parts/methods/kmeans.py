"""k-means as a tensor program, which a stack of seeds can run."""

import torch
import torch.nn.functional as F
from torch import Tensor

ITERATIONS = 100  # of Lloyd's, from each start


def kmeans(x: Tensor, drawn: Tensor, told: Tensor | None = None, first: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The best of R starts of Lloyd's algorithm, each by k-means++ (Arthur and Vassilvitskii, SODA 2007).

    Args:
        x: (N, D).
        drawn: (R, J) uniform in [0, 1), which choose where a start's last J clusters begin.
        told: (N,) the cluster that an example stays in, -1 where it may be in any; None of examples that all may.
        first: (I, D) where the first I clusters begin, K = I + J; None where there are none.

    Returns: their means (K, D), and the cluster (N,) of each example that its nearest mean is of, also of those that
        are told. A cluster without examples keeps its mean.
    """
    told = torch.full_like(x[:, 0], -1, dtype=torch.long) if told is None else told
    first = x[:0] if first is None else first
    ends = torch.stack([lloyd(x, _begin(x, each, told, first), told) for each in drawn])
    spread = torch.stack([_distances(x, means).amin(1).sum() for means in ends])
    means = ends.index_select(0, spread.argmin()[None])[0]
    return means, _distances(x, means).argmin(1)


def lloyd(x: Tensor, means: Tensor, told: Tensor) -> Tensor:
    """Means (K, D) after some iterations from these, on examples (N, D), those that are told (N,) staying."""
    for _ in range(ITERATIONS):
        nearest = _distances(x, means).argmin(1)
        member = F.one_hot(torch.where(told >= 0, told, nearest), len(means)).to(x.dtype)
        sizes = member.sum(0)[:, None]
        means = torch.where(sizes > 0, member.T @ x / sizes.clamp(min=1), means)
    return means


def _begin(x: Tensor, drawn: Tensor, told: Tensor, first: Tensor) -> Tensor:
    """(K, D): the first ones, and examples that are not told: where none is first one at random, each other with a
    probability like its squared distance from the nearest before it."""
    free, chosen = (told < 0).to(x.dtype), list(first)
    for each in drawn:
        weight = free * _distances(x, torch.stack(chosen)).amin(1) if chosen else free
        up_to = weight.cumsum(0)
        place = (up_to <= each * up_to[-1]).sum().clamp(max=len(x) - 1)
        chosen.append(x.index_select(0, place[None])[0])
    return torch.stack(chosen)


def _distances(x: Tensor, means: Tensor) -> Tensor:
    """Squared, (N, K)."""
    return (x.square().sum(1)[:, None] - 2 * x @ means.T + means.square().sum(1)).clamp(min=0)
