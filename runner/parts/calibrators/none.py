"""Predictions as they are."""

from torch import Tensor

from runner.contracts.calibrator import Calibrator


class Uncalibrated(Calibrator):
    """Nothing is fitted, and nothing more is measured."""

    fits = ("any",)
    fitted_on = "nothing"

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Predictions (S, M, H) as they are."""
        return predictions
