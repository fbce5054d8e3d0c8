"""Isotonic regression of the confidence, Zadrozny and Elkan, KDD 2002, of the class that is predicted alone.

    c -> m(c),    c = max_k softmax(z)_k,    m increasing, with least squares to whether the prediction is right

The paper has it for two classes, and for more of them one against the rest. Here, as in "top-label" calibration, the
prediction stays as it is and its confidence alone is changed. m is scikit-learn's IsotonicRegression: piecewise linear
between the confidences of validation examples, and constant beyond them.
"""

from typing import Any

import torch
from torch import Tensor

from runner.contracts.calibrator import Calibrator
from runner.contracts.measures import Measures
from runner.parts.calibrators._monotone import Monotone
from runner.tasks.bins import ANSWERS

UNKNOWN = (  # ask for the probability of each class, of which m says nothing
    "nll", "brier", "classwise_ece", "margin", "margin_decile", *(f"pass_at_{count}" for count in ANSWERS),
)  # fmt: skip


class TopLabelIsotonic(Calibrator):
    """An increasing function of the confidence for each seed.

    Accuracy stays as it is. NLL and Brier score, which ask for the probabilities of all classes, are not measured.
    """

    _functions: list[Monotone]

    def fit(self, predictions: Tensor, targets: Tensor) -> None:
        confidence, predicted = _top(predictions)
        right = (predicted == targets).double().cpu()
        self._functions = [Monotone(c, r, low=0, high=1) for c, r in zip(confidence.cpu(), right, strict=True)]

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Logits (S, M, K) -> (S, M) the confidence in the most probable class, float64."""
        confidence, _ = _top(predictions)
        found = torch.stack([m(c) for m, c in zip(self._functions, confidence.cpu(), strict=True)])
        return found.to(confidence.device)

    def outcomes(self, measures: Measures, predictions: Tensor, targets: Tensor) -> Any:
        return measures.outcomes(predictions, targets)._replace(confidence=self.calibrated(predictions))

    def quality(self, measures: Measures, seen: Any, targets: Tensor) -> dict[str, Tensor]:
        found = measures.quality(seen, targets)
        return {name: values for name, values in found.items() if name not in UNKNOWN}


def _top(logits: Tensor) -> tuple[Tensor, Tensor]:
    """(S, M) the largest probability and its class, from (S, M, K)."""
    confidence, predicted = logits.double().softmax(2).max(2)
    return confidence, predicted
