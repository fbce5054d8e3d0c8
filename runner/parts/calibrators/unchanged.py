"""Predictions as they are, measured like those of any calibrator: what the others are compared with."""

from torch import Tensor

from runner.contracts.calibrator import Calibrator


class Unchanged(Calibrator):
    """Nothing is fitted. The metrics calibrated/* are those that test/* has."""

    fits = ("classification", "candidates", "regression")
    fitted_on = "training"

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Predictions (S, M, H) as they are."""
        return predictions
