"""k-means as a tensor program, which a stack of seeds can run."""

import torch
import torch.nn.functional as F
from torch import Tensor

ITERATIONS = 100  # of Lloyd's, from each start


def kmeans(x: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """The best of R starts of Lloyd's algorithm, each by k-means++ (Arthur and Vassilvitskii, SODA 2007).

    Args:
        x: (N, D).
        drawn: (R, K) uniform in [0, 1), which choose where a start's K clusters begin.

    Returns: their means (K, D), and the cluster (N,) of each example. A cluster without examples keeps its mean.
    """
    ends = torch.stack([lloyd(x, _begin(x, each)) for each in drawn])
    spread = torch.stack([_distances(x, means).amin(1).sum() for means in ends])
    means = ends.index_select(0, spread.argmin()[None])[0]
    return means, _distances(x, means).argmin(1)


def lloyd(x: Tensor, means: Tensor) -> Tensor:
    """Means (K, D) after some iterations from these, on examples (N, D)."""
    for _ in range(ITERATIONS):
        member = F.one_hot(_distances(x, means).argmin(1), len(means)).to(x.dtype)
        sizes = member.sum(0)[:, None]
        means = torch.where(sizes > 0, member.T @ x / sizes.clamp(min=1), means)
    return means


def _begin(x: Tensor, drawn: Tensor) -> Tensor:
    """(K, D) of the examples: the first at random, each other with a probability like its squared distance from the
    nearest before it."""
    weight, chosen = torch.ones_like(x[:, 0]), []
    for each in drawn:
        up_to = weight.cumsum(0)
        place = (up_to <= each * up_to[-1]).sum().clamp(max=len(x) - 1)
        chosen.append(x.index_select(0, place[None])[0])
        weight = _distances(x, torch.stack(chosen)).amin(1)
    return torch.stack(chosen)


def _distances(x: Tensor, means: Tensor) -> Tensor:
    """Squared, (N, K)."""
    return (x.square().sum(1)[:, None] - 2 * x @ means.T + means.square().sum(1)).clamp(min=0)
