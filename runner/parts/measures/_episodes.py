"""Few-shot episodes: N classes with K labelled examples each, and which of these classes are others of?"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from runner.data.streams import generator

COUNT, WAYS, QUERIES = 200, 5, 15  # episodes; classes of one, where there are as many; examples asked about of each
SHOTS = {"one_shot": 1, "five_shot": 5}
HALF = 1.96  # standard errors of an interval of 95%


class Episodes(NamedTuple):
    """Attributes: support: (E, N, K) places of the labelled examples of N classes; query: (E, N, Q) of those asked
    about."""

    support: Tensor
    query: Tensor


def drawn(labels: Tensor, shots: int) -> Episodes | None:
    """The same 200 episodes whenever labels (M,) are the same: five different classes, or all if they are fewer, with K
    labelled and 15 other examples each. A class with too few is in none; None where fewer than two are left."""
    draw, size = generator("episodes", shots), shots + QUERIES
    able = (labels.bincount() >= size).nonzero()[:, 0]
    if len(able) < 2:
        return None
    chosen = able[torch.rand(COUNT, len(able), generator=draw).argsort(1)[:, :WAYS]]
    places = torch.empty(*chosen.shape, size, dtype=torch.int64)
    for k in able.tolist():
        members, its = (labels == k).nonzero()[:, 0], chosen == k
        order = torch.rand(int(its.sum()), len(members), generator=draw).argsort(1)
        places[its] = members[order[:, :size]]
    return Episodes(places[..., :shots], places[..., shots:])


def right(features: Tensor, episodes: Episodes) -> Tensor:
    """(E,) share of the examples asked about whose class has the nearest mean, from features (M, D).

    Features have length 1, a class is the mean of its labelled ones, and near is by Euclidean distance: Wang, Chao,
    Weinberger and van der Maaten, "SimpleShot", arXiv:1911.04623, its L2-normalised form.
    """
    unit = normalize(features, dim=1)
    means, asked = unit[episodes.support].mean(2), unit[episodes.query]
    nearest = torch.cdist(asked.flatten(1, 2), means).argmin(2).view(asked.shape[:3])
    return (nearest == torch.arange(means.shape[1], device=nearest.device)[:, None]).double().mean((1, 2))


def of_features(features: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """{metric: (S,)} of features (S, M, D) with labels (S, M): the mean accuracy over episodes with one and with five
    labelled examples a class, and half of its interval of 95% over these episodes; nan where there is none."""
    found = {}
    for name, shots in SHOTS.items():
        shares = torch.stack([_shares(z, y, shots) for z, y in zip(features.double(), labels, strict=True)])
        found[f"{name}_accuracy"] = shares.mean(1)
        found[f"{name}_interval"] = HALF * shares.std(1) / COUNT**0.5
    return found


def _shares(features: Tensor, labels: Tensor, shots: int) -> Tensor:
    episodes = drawn(labels.cpu(), shots)
    if episodes is None:
        return features.new_full((COUNT,), torch.nan)
    return right(features, Episodes(*(places.to(features.device) for places in episodes)))
