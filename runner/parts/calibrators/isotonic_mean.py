"""Isotonic calibration of predicted numbers.

    f -> m(f),    m increasing, with least squares to the targets

A prediction f is calibrated where E[y | f(x)] = f(x). m comes near to it, whatever f is, and keeps the order of the
predictions. Where targets are pseudo-outcomes of a treatment, as of dataset=effects, this is causal isotonic
calibration (van der Laan et al., "Causal isotonic calibration for heterogeneous treatment effects", ICML 2023), with
one part of the examples for fitting m. The paper's cross-calibration, the median of the predictors of several folds, is
not here: it takes a network for each fold. The authors' package has since come to fit a monotone tree; m here is
scikit-learn's IsotonicRegression, linear between the predictions of validation examples and constant beyond them.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from losses.regression._predictive import Point
from runner.contracts.calibrator import Calibrator
from runner.contracts.measures import Measures
from runner.parts.calibrators._monotone import Monotone
from runner.parts.measures.regression import Regression


class IsotonicMean(Calibrator):
    """An increasing function of the predicted number, for each seed and each target.

    What a loss says beyond the number, a density or quantiles, is dropped: NLPD, quantile calibration error and
    sharpness are not measured, and the CRPS is the mean absolute error.

    Args:
        decode: from predictions (..., H) to what they say of targets; given by the runner.
    """

    fits = ("regression",)

    _functions: list[list[Monotone]]

    def __init__(self, decode: Callable[[Tensor], Any]):
        self.decode = decode

    def fit(self, predictions: Tensor, targets: Tensor) -> None:
        """Targets (S, V, D)."""
        said = self._said(predictions).double().cpu()
        self._functions = [
            [Monotone(*pair) for pair in zip(one.T, true.T, strict=True)]
            for one, true in zip(said, targets.double().cpu(), strict=True)
        ]

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Predictions (S, M, H) -> (S, M, D) the number that is predicted, float64."""
        said = self._said(predictions).double().cpu()
        found = [
            torch.stack([m(number) for m, number in zip(functions, one.T, strict=True)], 1)
            for functions, one in zip(self._functions, said, strict=True)
        ]
        return torch.stack(found).to(predictions.device)

    def outcomes(self, measures: Measures, predictions: Tensor, targets: Tensor) -> Any:
        return cast(Regression, measures).outcomes_of(Point(self.calibrated(predictions)), targets)

    def _said(self, predictions: Tensor) -> Tensor:
        """(S, V, D)"""
        said = self.decode(predictions)
        return said if isinstance(said, Tensor) else cast(Tensor, said.point)
