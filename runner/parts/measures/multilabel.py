"""How predictions of labels that are there or not are measured."""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

from runner.contracts.measures import Measures
from runner.parts.measures import _ranking as ranking
from runner.parts.measures._known import all_known


class Outcomes(NamedTuple):
    """Attributes: logits: (S, M, L), above 0 where a label is predicted."""

    logits: Tensor

    @property
    def known(self) -> Tensor:
        """(S,) bool, of each seed whether it has no logit that is not finite."""
        return self.logits.isfinite().all(2).all(1)


class MultiLabel(Measures):
    """Unknown bits, -1, are left out where a metric can do so (bce, label_noise), and else count as absent."""

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        return Outcomes(predictions)

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """See _ranking.py, and bce: the mean binary cross-entropy of the labels that are told, in nats."""
        told = (targets >= 0).double()
        entropy = F.binary_cross_entropy_with_logits(seen.logits, targets.clamp(min=0), reduction="none").double()
        found = {
            "map_macro": ranking.map_macro(seen.logits, targets),
            "map_micro": ranking.map_micro(seen.logits, targets),
            "macro_f1": ranking.f1_macro(seen.logits, targets),
            "micro_f1": ranking.f1_micro(seen.logits, targets),
            "one_error": ranking.one_error(seen.logits, targets),
            "ranking_loss": ranking.ranking_loss(seen.logits, targets),
            "coverage": ranking.coverage(seen.logits, targets),
            "lrap": ranking.lrap(seen.logits, targets),
            "hamming": ranking.hamming_loss(seen.logits, targets),
            "bce": _mean(entropy, told),
        }
        return all_known(found, seen.known)

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """map_given and map_true; of the bits that were flipped, the share that is predicted as given (memorised); of
        those that were flipped or are not told, the share that is predicted as they truly are (corrected)."""
        predicted = (seen.logits > 0).float()
        found = {"map_given": ranking.map_macro(seen.logits, given), "map_true": ranking.map_macro(seen.logits, true)}
        flipped, changed = (given >= 0) & (given != true), given != true
        if flipped.any():
            found["memorised"] = _mean((predicted == given).double(), flipped.double())
        if changed.any():
            found["corrected"] = _mean((predicted == true).double(), changed.double())
        return all_known(found, seen.known)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """(S,) the mean of values (S, M, L) under weights; nan where all are 0."""
    return (values * weights).flatten(1).sum(1) / weights.flatten(1).sum(1)
