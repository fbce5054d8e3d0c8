"""How estimates of mutual information are measured."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from runner.contracts.measures import Measures
from runner.parts.measures._known import all_known


class Outcomes(NamedTuple):
    """Attributes:
    scores: (S, M, B) of the first half of each pair with the second half of each pair of its block, B pairs that follow
        each other; nan where the last block has no pair.
    rearranged: (S, M, 2, B) the same of processed pairs and of two pairs at a time; (S, M, 0, B) where there are none.
    """

    scores: Tensor
    rearranged: Tensor


class MutualInformation(Measures):
    """Estimates of blocks of B pairs; see runner/tasks/declared/mutual_information.py.

    Args:
        decode: from scores (..., B, B) to the estimates (...) that an objective reports.
        optimum: what is known of the data set, its "estimate" among it where the mutual information is.
        measure: names of the task's extras.
    """

    def __init__(self, decode: Callable[[Tensor], Any], optimum: Mapping[str, float], measure: Collection[str] = ()):
        self.decode = decode
        self.measure = measure
        self.truth = optimum.get("estimate", torch.nan)

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        """Scores (S, M, B), or (S, M, 3, B) of pairs, of processed pairs and of two pairs at a time."""
        every = predictions[:, :, None] if predictions.dim() == 3 else predictions
        return Outcomes(every[:, :, 0], every[:, :, 1:])

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """Of the estimates of all full blocks, at least one, in nats: estimate, their mean; bias, the mean less the
        truth; absolute_error, its size; estimate_rmse, the root mean square distance of each from the truth;
        estimate_deviation, their standard deviation. density_correlation is that of the scores of pairs with their
        information densities. All that need a truth that is not known are nan.
        """
        blocks = _blocks(seen.scores)
        each = self.decode(blocks.double())
        mean = each.mean(1)
        found = {
            "absolute_error": (mean - self.truth).abs(),
            "estimate": mean,
            "bias": mean - self.truth,
            "estimate_rmse": (each - self.truth).square().mean(1).sqrt(),
            "estimate_deviation": each.std(1, correction=0),
            "density_correlation": _correlation(_of_pairs(blocks), targets[:, : blocks.shape[1] * blocks.shape[2], 0]),
        }
        if "consistency" in self.measure:
            found |= self._consistency(seen)
        return all_known(found, blocks.isfinite().flatten(1).all(1))

    def _consistency(self, seen: Outcomes) -> dict[str, Tensor]:
        """processing_ratio and additivity_ratio, the mean estimate of processed pairs and of two pairs at a time for
        one of pairs; processing_error and additivity_error, how far they are from 1 and 2. nan where the estimate of
        pairs is not above 0."""
        size = 2 * seen.scores.shape[2]
        whole = len(seen.scores[0]) // size * size
        each = [seen.scores, *seen.rearranged.unbind(2)]
        plain, processed, doubled = (self.decode(_blocks(of[:, :whole]).double()).mean(1) for of in each)
        base = plain.where(plain > 0, torch.nan)
        processing, additivity = processed / base, doubled / base
        return {
            "processing_ratio": processing,
            "additivity_ratio": additivity,
            "processing_error": (processing - 1).abs(),
            "additivity_error": (additivity - 2).abs(),
        }

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """Nothing: training sees no targets."""
        return {}


def _blocks(scores: Tensor) -> Tensor:
    """(S, M, B) -> (S, n, B, B), the n blocks that are full."""
    size = scores.shape[2]
    full = scores.shape[1] // size
    return scores[:, : full * size].unflatten(1, (full, size))


def _of_pairs(blocks: Tensor) -> Tensor:
    """(S, n, B, B) -> (S, n B), the scores of pairs."""
    return blocks.diagonal(dim1=2, dim2=3).flatten(1)


def _correlation(scores: Tensor, density: Tensor) -> Tensor:
    """(S,) Pearson's of scores and densities (S, M); nan where one of them does not vary."""
    both = torch.stack([scores.double(), density.double()])
    both = both - both.mean(2, keepdim=True)
    product = both.prod(0).sum(1)
    size = both.square().sum(2).prod(0).sqrt()
    return (product / size).clamp(-1, 1)
