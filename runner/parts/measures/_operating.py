"""Does one threshold serve all classes alike? The operating-point inconsistency score."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

BINS = 20_000  # of cosines, between -1 and 1
RANGE = (0.01, 0.1)  # rates of false acceptance between which thresholds are compared
CHUNK = 256  # queries of each seed at a time


def inconsistency(features: Tensor, labels: Tensor) -> Tensor:
    """(S,) how unlike classes are at one threshold, from features (S, M, D) and labels (S, M), between 0 and 1/4.

        U_c(t) = harmonic mean of 1 - FAR_c(t) and 1 - FRR_c(t),  OPIS = mean over t of the variance over c of U_c(t)

    FRR_c is the share of pairs within class c with a cosine below t, FAR_c that of pairs of c and another class at t or
    above. t goes in even steps through the thresholds at which 1% to 10% of all pairs of two classes are accepted; nan
    where there are none, as where all features are alike. Zhang et al., "Threshold-Consistent Margin Loss for
    Open-World Deep Metric Learning", ICLR 2024 (arXiv:2307.04047). Unconfirmed: that its utility is this one, and
    that it takes this range.
    """
    pairs = counts(normalize(features.double(), dim=2), labels)
    at_or_above = pairs.flip(3).cumsum(3).flip(3)  # (S, K, 2, BINS), of the pairs that reach a bin's lower end
    every = pairs.sum(3)
    accepted = at_or_above[:, :, 0].sum(1) / every[:, :, 0].sum(1, keepdim=True)
    within = (accepted >= RANGE[0]) & (accepted <= RANGE[1])
    share = at_or_above / every.clamp(min=1)[..., None]
    refused, found = 1 - share[:, :, 0], share[:, :, 1]
    utility = 2 * refused * found / (refused + found).clamp(min=1e-12)
    there = (every > 0).all(2)[..., None]
    number = there.sum(1)
    mean = utility.where(there, 0.0).sum(1) / number
    variance = (utility - mean[:, None]).square().where(there, 0.0).sum(1) / number
    return variance.where(within, 0.0).sum(1) / within.sum(1)  # 0 / 0 is nan


def counts(unit: Tensor, labels: Tensor) -> Tensor:
    """(S, K, 2, BINS) float64 how many pairs of class c and another, and within c, have cosines in each bin, from
    features of length 1 (S, M, D) and labels (S, M) below K."""
    size, k = len(unit), int(labels.max()) + 1
    found = torch.zeros(size * k * 2 * BINS, dtype=torch.int64, device=unit.device)
    seeds = torch.arange(size, device=unit.device)[:, None, None]
    everywhere = torch.arange(unit.shape[1], device=unit.device)
    for row in everywhere.split(CHUNK):
        bins = ((unit[:, row] @ unit.mT + 1) * (BINS / 2)).long().clamp(0, BINS - 1)
        same = (labels[:, row, None] == labels[:, None]).long()
        place = ((seeds * k + labels[:, row, None]) * 2 + same) * BINS + bins
        others = (row[:, None] != everywhere).expand_as(place)
        found += place[others].bincount(minlength=len(found))
    return found.view(size, k, 2, BINS).double()
