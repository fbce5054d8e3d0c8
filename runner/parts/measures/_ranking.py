"""Metrics of several labels at once, of scores (S, M, L) and bits (S, M, L) -> (S,): S seeds, M examples, L labels.

A score is a logit: a label is predicted where it is above 0, and so its probability above 1/2. Equal scores are ties as
scikit-learn has them: whatever is tied with a label counts as ranked before it.

Sources: M. Zhang, Z. Zhou, "A Review on Multi-Label Learning Algorithms", TKDE 2014; scikit-learn.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Ranked(NamedTuple):
    """Rows of scores, each in ascending order of its own.

    Attributes:
        there: (..., R) bool, what is to be ranked first.
        before: (..., R) how many have at least this score, itself among them.
        hits: (..., R) how many of these are `there`.
    """

    there: Tensor
    before: Tensor
    hits: Tensor

    @property
    def share(self) -> Tensor:
        """(...) the mean of hits / before over what is there; 0 where nothing is."""
        precision = torch.where(self.there, self.hits.double() / self.before, 0)
        return precision.sum(-1) / self.there.sum(-1).clamp(min=1)


def ranked(scores: Tensor, bits: Tensor) -> Ranked:
    """Of rows of scores (..., R), and of bits (..., R) that say what is to be ranked first."""
    ordered, order = scores.sort(-1)
    there = (bits > 0).gather(-1, order)
    below = torch.searchsorted(ordered.contiguous(), ordered.contiguous())
    hits = F.pad(there.cumsum(-1), (1, 0)).gather(-1, below)
    return Ranked(there, scores.shape[-1] - below, there.sum(-1, keepdim=True) - hits)


def map_macro(scores: Tensor, bits: Tensor) -> Tensor:
    """Mean average precision: of each label that an example has, over the examples in the order of its scores.

    >>> map_macro(torch.tensor([[[0.9], [0.1], [0.5]]]), torch.tensor([[[1.0], [1.0], [0.0]]]))    # (1 + 2/3) / 2
    tensor([0.8333], dtype=torch.float64)
    """
    occurs = (bits > 0).any(1)
    return _mean_where(ranked(scores.mT, bits.mT).share, occurs)


def map_micro(scores: Tensor, bits: Tensor) -> Tensor:
    """The average precision of all labels of all examples in one order."""
    return ranked(scores.flatten(1), bits.flatten(1)).share


def lrap(scores: Tensor, bits: Tensor) -> Tensor:
    """Label ranking average precision: of the labels that rank before each label that is present, the share that is
    present, too; 1 of an example that has none or all."""
    seen = ranked(scores, bits)
    return torch.where(_both(bits), seen.share, 1).mean(-1)


def ranking_loss(scores: Tensor, bits: Tensor) -> Tensor:
    """The share of pairs of a present and an absent label of which the absent one has at least the score of the other;
    0 of an example that has no such pair."""
    seen = ranked(scores, bits)
    there = seen.there.sum(-1)
    wrong = torch.where(seen.there, seen.before - seen.hits, 0).sum(-1)
    return (wrong.double() / (there * (bits.shape[-1] - there)).clamp(min=1)).mean(-1)


def coverage(scores: Tensor, bits: Tensor) -> Tensor:
    """How many labels one has to go down from the first to find all that are present, in [0, L - 1]; one less than
    scikit-learn's coverage_error, and 0 of an example without labels."""
    seen = ranked(scores, bits)
    return torch.where(seen.there, seen.before - 1, 0).amax(-1).double().mean(-1)


def one_error(scores: Tensor, bits: Tensor) -> Tensor:
    """How often the first label is absent; of several that are first, the share that is."""
    first = scores == scores.amax(-1, keepdim=True)
    return ((first & (bits <= 0)).sum(-1).double() / first.sum(-1)).mean(-1)


def hamming_loss(scores: Tensor, bits: Tensor) -> Tensor:
    """The share of labels that are predicted wrongly."""
    return ((scores > 0) != (bits > 0)).double().mean((-1, -2))


def f1_macro(scores: Tensor, bits: Tensor) -> Tensor:
    """The mean F1 of the labels that occur or are predicted; 0 where none is."""
    hits, total = _counts(scores, bits)
    return _mean_where(2 * hits / total.clamp(min=1), total > 0)


def f1_micro(scores: Tensor, bits: Tensor) -> Tensor:
    """F1 of all labels together; 0 where none occurs or is predicted."""
    hits, total = (count.sum(-1) for count in _counts(scores, bits))
    return 2 * hits / total.clamp(min=1)


def _counts(scores: Tensor, bits: Tensor) -> tuple[Tensor, Tensor]:
    """(S, L) how often each label is rightly predicted, and how often it occurs and is predicted, together."""
    predicted, there = scores > 0, bits > 0
    return (predicted & there).sum(1).double(), predicted.sum(1) + there.sum(1)


def _both(bits: Tensor) -> Tensor:
    """(..., M) which examples have a label and lack one."""
    there = bits > 0
    return there.any(-1) & ~there.all(-1)


def _mean_where(values: Tensor, where: Tensor) -> Tensor:
    """(S,) the mean of values (S, L) where they count; 0 where none does."""
    return torch.where(where, values, 0).sum(-1) / where.sum(-1).clamp(min=1)
