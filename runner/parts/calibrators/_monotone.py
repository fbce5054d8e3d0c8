"""An increasing function of one number: scikit-learn's isotonic regression, for seeds that may have diverged."""

import torch
from sklearn.isotonic import IsotonicRegression
from torch import Tensor


class Monotone:
    """Least squares among increasing functions: linear between the numbers (V,) that it is fitted to, and constant
    beyond them. Of numbers that are not all finite, everything becomes nan.

    Args:
        x: (V,) on the CPU.
        y: (V,) what each should become.
        low, high: bounds on what it gives; None where there is none.
    """

    def __init__(self, x: Tensor, y: Tensor, *, low: float | None = None, high: float | None = None):
        sound = bool(x.isfinite().all())
        self._fit = IsotonicRegression(y_min=low, y_max=high, out_of_bounds="clip").fit(x, y) if sound else None

    def __call__(self, x: Tensor) -> Tensor:
        """(M,) float64 -> (M,) float64."""
        if self._fit is None or not x.isfinite().all():
            return torch.full_like(x, torch.nan)
        return torch.from_numpy(self._fit.predict(x.numpy()))
