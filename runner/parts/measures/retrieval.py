"""How embeddings are measured: by which examples each one has as its nearest."""

from collections.abc import Collection

import torch
from torch import Tensor

from runner.parts.measures import _episodes
from runner.parts.measures._features import OfFeatures, Outcomes
from runner.parts.measures._known import all_known
from runner.parts.measures._operating import inconsistency

RANKS = (1, 2, 4, 8)
CHUNK = 256  # queries of each seed at a time


class Retrieval(OfFeatures):
    """Cosines are what examples are ranked by; each example asks for the others of its class among all others.

    measure: names of the task's extras; bits: of a code, see Method.bits. Both given by the runner.
    """

    def __init__(self, *, measure: Collection[str] = (), bits: float | None = None):
        self.measure = measure
        self.bits = bits

    def by_query(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """{metric: (S, M)} of each example, nan where no other is of its class.

            R = how many others are of its class,  hit_i = is the i-th nearest of it?
            r_precision = 1/R sum_{i <= R} hit_i,  map_at_r = 1/R sum_{i <= R} hit_i (1/i sum_{j <= i} hit_j)

        recall_at_k says whether one of the k nearest is of its class. Musgrave, Belongie and Lim, "A Metric Learning
        Reality Check", ECCV 2020 (arXiv:2003.08505).
        """
        return _by_query(*self._sides(seen), targets)

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """The means of those of `by_query` over the examples that have others of their class; the extras: few-shot
        episodes (_episodes.py) and opis (_operating.py), both of what is stored; bits of what is stored of an example,
        of a code or of numbers with 32 bits, and uncoded_map_at_r, where nothing is stored as a code."""
        asks, stored = self._sides(seen)
        found = {name: each.double().nanmean(1) for name, each in self.by_query(seen, targets).items()}
        if "episodes" in self.measure:
            found |= _episodes.of_features(stored, targets)
        if "thresholds" in self.measure:
            found["opis"] = inconsistency(stored, targets)
        if "codes" in self.measure:
            bits = 32.0 * stored.shape[2] if self.bits is None else self.bits
            found["bits"] = torch.full_like(found["map_at_r"], bits)
            found["uncoded_map_at_r"] = _by_query(asks, asks, targets)["map_at_r"].double().nanmean(1)
        return all_known(found, seen.known.all(1))

    def _sides(self, seen: Outcomes) -> tuple[Tensor, Tensor]:
        """Features (S, M, D) of examples as they ask, and as they are stored."""
        if self.bits is None:
            return seen.features, seen.features
        asks, stored = seen.features.chunk(2, dim=2)
        return asks, stored


def _by_query(asks: Tensor, stored: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """As Retrieval.by_query, of features (S, M, D) on both sides."""
    asking, asked = (torch.nn.functional.normalize(each, dim=2) for each in (asks, stored))
    rows = torch.arange(asked.shape[1], device=asked.device).split(CHUNK)
    parts = [of_queries(asking[:, row] @ asked.mT, targets, row) for row in rows]
    return {name: torch.cat([part[name] for part in parts], dim=1) for name in parts[0]}


def of_queries(alike: Tensor, labels: Tensor, row: Tensor) -> dict[str, Tensor]:
    """{metric: (S, Q)} of the examples `row` (Q,), see `by_query`; alike (S, Q, M) says how near each of all M is, and
    labels are (S, M)."""
    itself = torch.arange(labels.shape[1], device=row.device) == row[:, None]
    alike = alike.masked_fill(itself, -torch.inf)  # and so comes last
    order = torch.argsort(alike, dim=2, descending=True, stable=True)[..., :-1]
    hits = labels[:, None].expand(-1, len(row), -1).gather(2, order) == labels[:, row, None]
    relevant = hits.sum(2)
    first = torch.arange(1, hits.shape[2] + 1, device=row.device, dtype=torch.float64)
    counted = (hits & (first <= relevant[..., None])).double()
    precision = hits.cumsum(2) / first
    found = {
        "map_at_r": (counted * precision).sum(2) / relevant,
        "r_precision": counted.sum(2) / relevant,
        **{f"recall_at_{k}": hits[..., :k].any(2).double() for k in RANKS},
    }
    return {name: each.where(relevant > 0, torch.nan) for name, each in found.items()}
