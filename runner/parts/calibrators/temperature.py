"""Temperature scaling, Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, arXiv:1706.04599.

    p = softmax(z / T),    T minimises the mean NLL of the validation examples

The NLL is convex in b = 1 / T. Its minimum is found to the last digits, of all seeds at once, by Newton's steps that a
bracket keeps in bounds; the released code takes a few steps of L-BFGS instead.
"""

from typing import Annotated

import torch
from torch import Tensor

from runner.contracts.calibrator import Calibrator

STEPS = 200  # at most; Newton's take about ten, and halving the bracket alone would take sixty
CLOSE = 1e-13  # of b, where a step is no step any more


class Temperature(Calibrator):
    """One temperature for each seed, which leaves the most probable class as it is.

    There is no best T where the logits are no better than chance (T grows for ever), or where each label has the
    largest logit (T falls to 0). Then a bound is taken, see `at_bound`.

    Args:
        low, high: T lies between them, 0 < low < high.
    Raises:
        ValueError: low is not below high.

    Attributes:
        temperature: (S,) float64, after `fit`.

    >>> two_to_one = torch.tensor([[[2.0, 0.0]] * 3])          # softmax(z / T) = (2/3, 1/3) where z / T = (log 2, 0)
    >>> scaling = Temperature(low=0.01, high=100.0)
    >>> scaling.fit(two_to_one, torch.tensor([[0, 0, 1]]))
    >>> scaling.calibrated(two_to_one).softmax(2)[0, 0]
    tensor([0.6667, 0.3333], dtype=torch.float64)
    """

    temperature: Tensor

    def __init__(self, *, low: Annotated[float, "(0, inf)"], high: Annotated[float, "(0, inf)"]):
        if not low < high:
            raise ValueError(f"low={low:g}: must be below high={high:g}")
        self.low = low
        self.high = high

    def fit(self, predictions: Tensor, targets: Tensor) -> None:
        z = predictions.double()
        z = z - z.gather(2, targets[..., None])
        inverse = _minimum(z, 1 / self.high, 1 / self.low)
        self.temperature = 1 / inverse
        self.at_bound = (inverse == 1 / self.high) | (inverse == 1 / self.low)

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Logits (S, M, K) over T, in float64."""
        return predictions.double() / self.temperature[:, None, None]


def _minimum(z: Tensor, low: float, high: float) -> Tensor:
    """(S,) b in [low, high] with the least mean of logsumexp(b z), where z (S, V, K) is 0 for the label; nan for a seed
    whose logits are not finite."""
    below, above = (torch.full_like(z[:, 0, 0], end) for end in (low, high))
    falls, rises = _slope(z, above)[0] <= 0, _slope(z, below)[0] >= 0
    ends = above.where(falls, below)
    b = torch.ones_like(below).clamp(low, high)
    for _ in range(STEPS):
        slope, curvature = _slope(z, b)
        below, above = b.where(slope <= 0, below), b.where(slope > 0, above)
        newton = b - slope / curvature
        step = newton.where((newton > below) & (newton < above), (below * above).sqrt())
        moved, b = (step - b).abs() > CLOSE * b, step
        if not (moved & ~falls & ~rises).any():
            break
    return ends.where(falls | rises, b).where(z.isfinite().all(2).all(1), torch.nan)


def _slope(z: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The first two derivatives of the mean by b, each (S,): means of the mean and of the variance of z."""
    p = (b[:, None, None] * z).softmax(2)
    mean = (p * z).sum(2)
    return mean.mean(1), ((p * z.square()).sum(2) - mean.square()).mean(1)
