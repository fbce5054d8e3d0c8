"""Outliers that are made up from features, and a penalty on energies that tells examples from them (Huang et al., OVOR:
OnePrompt with Virtual Outlier Regularization for Rehearsal-Free Class-Incremental Learning, ICLR 2024,
github.com/jpmorganchase/ovor, learners/ood.py).

The energy of logits is minus their log of summed exponentials: low for examples, high for outliers.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor


def energy_penalty(inside: Tensor, outside: Tensor, *, least: float, most: float) -> Tensor:
    """How far energies of examples are above `most`, and those of outliers below `least`, by Huber's loss (delta 1):
    the sum of both means, over all, also those that are not too far.

    Args:
        inside: logits (N, K) of examples.
        outside: logits (M, K) of outliers.

    >>> energy_penalty(torch.zeros(1, 1), torch.zeros(1, 1), least=0.5, most=-1.5)    # 1^2 too high by 1.5, 0.5 too low
    tensor(1.1250)
    """
    high, low = F.relu(energy(inside) - most), F.relu(least - energy(outside))
    return F.huber_loss(high, torch.zeros_like(high)) + F.huber_loss(low, torch.zeros_like(low))


def energy(logits: Tensor) -> Tensor:
    """Of logits (N, K), as (N,)."""
    return -logits.logsumexp(1)


def made_up(
    away: Tensor, features: Tensor, rule: Literal["paper", "released"], count: int, *, neighbours: int, boundary: int
) -> Tensor:
    """So many outliers (count, D).

    By the "paper", moves are added to those `boundary` features whose neighbour number `neighbours` is farthest, each
    move to each of them. As "released", these features are found and not added: a candidate is a move alone, as often
    as there are such features, and it is compared with features of length 1. Of the candidates those are kept whose
    neighbour number `neighbours` among the features is farthest.

    Args:
        away: moves (M, D), drawn from a normal law.
        features: (N, D) of examples, of one length; an example is its own first neighbour.
    """
    if rule == "released":
        candidates = away.repeat(min(boundary, len(features)), 1)
        return candidates[farthest(candidates, F.normalize(features, dim=1), neighbours, count)]
    edge = features[farthest(features, features, neighbours, boundary)]
    candidates = (edge[:, None] + away).flatten(0, 1)
    return candidates[farthest(candidates, features, neighbours, count)]


def farthest(points: Tensor, features: Tensor, neighbours: int, count: int) -> Tensor:
    """Places (count,) of the points (M, D) whose neighbour number `neighbours` among features (N, D) is farthest; all
    places, and the last neighbour, where there are fewer."""
    distances = torch.cdist(points, features).kthvalue(min(neighbours, len(features)), dim=1).values
    return distances.topk(min(count, len(points))).indices
