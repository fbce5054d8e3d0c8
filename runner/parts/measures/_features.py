"""What measures of features have in common: their outcomes."""

from typing import NamedTuple

from torch import Tensor

from runner.contracts.measures import Measures


class Outcomes(NamedTuple):
    """Attributes: features: (S, M, D), zeros of an example where one is not finite; known: (S, M) are all of them?"""

    features: Tensor
    known: Tensor


class OfFeatures(Measures):
    """Outcomes are the features themselves."""

    of_features = True

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        known = predictions.isfinite().all(2)
        return Outcomes(predictions.float().masked_fill(~known[..., None], 0.0), known)

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """Nothing: no class is predicted."""
        return {}
