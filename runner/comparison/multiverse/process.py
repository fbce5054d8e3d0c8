"""A Gaussian process over numbers and choices, by scikit-learn.

Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006. Importing scikit-learn takes two seconds, so
this module is imported where it is needed.
"""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    Hyperparameter,
    Kernel,
    NormalizedKernelMixin,
    StationaryKernelMixin,
    WhiteKernel,
)

Array = NDArray[np.float64]

LENGTHS = (0.05, 20.0)  # of which a scale is chosen, in a factor whose ends are 1 apart
VARIANCES = (0.01, 100.0)  # likewise of what the factors make of the outcome, which has a variance of 1
NOISES = (1e-6, 1.0)  # likewise of its noise, where that is not known
RESTARTS = 4
LEAST = 1e-10  # of a variance of noise, so that a covariance can be factorized


class Mixed(StationaryKernelMixin, NormalizedKernelMixin, Kernel):
    """k(x, y) = exp(-sum_f d_f / (2 l_f^2)), of d_f = (x_f - y_f)^2 for a number and 1[x_f != y_f] for a choice.

    For numbers alone it is scikit-learn's RBF.

    Args:
        length_scale: l (F,), above 0.
        choices: (F,), is the factor a choice?
        length_scale_bounds: in which the likelihood's maximum is sought.
    """

    def __init__(
        self,
        length_scale: Sequence[float],
        choices: Sequence[bool],
        length_scale_bounds: tuple[float, float] = LENGTHS,
    ):
        self.length_scale = length_scale
        self.choices = choices
        self.length_scale_bounds = length_scale_bounds

    @property
    def hyperparameter_length_scale(self) -> Hyperparameter:
        return Hyperparameter("length_scale", "numeric", self.length_scale_bounds, len(self.choices))

    def __call__(
        self, x: ArrayLike, y: ArrayLike | None = None, eval_gradient: bool = False
    ) -> Array | tuple[Array, Array]:
        """(N, M) of x (N, F) and y (M, F), by default x; and its derivatives (N, N, F) by the logarithms of l."""
        rows = np.asarray(x, dtype=np.float64)
        columns = rows if y is None else np.asarray(y, dtype=np.float64)
        apart = rows[:, None] - columns
        parts = np.where(self.choices, apart != 0, apart**2) / np.square(self.length_scale)
        found = np.exp(-parts.sum(axis=-1) / 2)
        return (found, found[..., None] * parts) if eval_gradient else found


class Process:
    """A Gaussian process given outcomes y (N,) at x (N, F), numbers in [0, 1] and choices of any number.

    Its mean is that of y. Scales and variance are those of the largest marginal likelihood, and are not uncertain
    afterwards, so that what it says is too sure where N is small.

    Args:
        choices: (F,), is the factor a choice?
        variances: (N,) of the noise of each outcome; None for one that is unknown, and the same everywhere.
    """

    def __init__(self, x: ArrayLike, y: ArrayLike, choices: Sequence[bool], variances: ArrayLike | None = None):
        outcomes = np.asarray(y, dtype=np.float64)
        self.mean, self.sd = float(outcomes.mean()), float(outcomes.std()) or 1.0
        kernel = ConstantKernel(1.0, VARIANCES) * Mixed([1.0] * len(choices), tuple(choices))
        known = 0.0 if variances is None else np.asarray(variances, dtype=np.float64) / self.sd**2
        self.regressor = GaussianProcessRegressor(
            kernel + WhiteKernel(0.1, NOISES) if variances is None else kernel,
            alpha=np.maximum(known, LEAST) + np.zeros_like(outcomes),
            n_restarts_optimizer=RESTARTS,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # of a scale at its bound, as a factor without effect has
            self.regressor.fit(np.asarray(x, dtype=np.float64), (outcomes - self.mean) / self.sd)

    def at(self, x: ArrayLike) -> tuple[Array, Array]:
        """Mean (M,) and covariance (M, M) of what is without noise at x (M, F)."""
        mean, covariance = self.regressor.predict(np.asarray(x, dtype=np.float64), return_cov=True)
        noise = getattr(self.regressor.kernel_.k2, "noise_level", 0.0)
        return self.mean + self.sd * mean, self.sd**2 * (covariance - noise * np.eye(len(mean)))
