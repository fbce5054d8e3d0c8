"""How embeddings of two sides are measured: by which other side is the nearest."""

import torch
from torch import Tensor

from runner.parts.measures._features import OfFeatures, Outcomes
from runner.parts.measures._known import all_known

RANKS = (1, 5, 10)
CHUNK = 256  # examples of each seed at a time


class Matching(OfFeatures):
    """Features (S, M, 2 W) are those of one side and those of the other; cosines are what sides are ranked by."""

    def by_query(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """{metric: (S, M)} of each example, the mean of both directions.

        recall_at_k: is its own other side one of the k nearest among those of all M examples? mean_reciprocal_rank: one
        by its place. Of equally near ones its own comes last, so that embeddings that are all alike find nothing.
        """
        one, other = (torch.nn.functional.normalize(side, dim=2) for side in seen.features.chunk(2, dim=2))
        ranks = torch.stack([_ranks(one, other), _ranks(other, one)])
        found = {f"recall_at_{k}": (ranks <= k).double().mean(0) for k in RANKS}
        return found | {"mean_reciprocal_rank": ranks.double().reciprocal().mean(0)}

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """The means of those of `by_query`."""
        found = {name: each.mean(1) for name, each in self.by_query(seen, targets).items()}
        return all_known(found, seen.known.all(1))


def _ranks(asking: Tensor, asked: Tensor) -> Tensor:
    """(S, M) the place, from 1, of each row's partner among all of the other side (S, M, W)."""
    places = torch.arange(asking.shape[1], device=asking.device)
    parts = []
    for rows in places.split(CHUNK):
        alike = asking[:, rows] @ asked.mT
        own = alike.gather(2, rows.expand(len(alike), -1)[..., None])
        parts.append((alike >= own).sum(2))
    return torch.cat(parts, 1)
