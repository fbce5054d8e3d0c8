"""Vector scaling, Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, arXiv:1706.04599.

    p = softmax(w * z + b),    w, b (K,) minimise the mean NLL of the validation examples

The NLL is convex in (w, b). There is no penalty, as in the paper; scipy's L-BFGS-B goes to its minimum, a seed at a
time.
"""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from runner.contracts.calibrator import Calibrator
from runner.parts.calibrators._minimum import minimum


class VectorScaling(Calibrator):
    """A factor and an offset for each class and seed. The most probable class may become another one.

    Where classes of the validation examples can be told apart by (w, b) without a fault, the numbers grow for ever, and
    stop at the bound, see `at_bound`.

    Args:
        bound: largest absolute value of any number of w and of b; b is free up to a constant, and of mean 0 after
            `fit`.

    Attributes:
        w, b: (S, K) float64, after `fit`.
    """

    w: Tensor
    b: Tensor

    def __init__(self, *, bound: Annotated[float, "(0, inf)"]):
        self.bound = bound

    def fit(self, predictions: Tensor, targets: Tensor) -> None:
        s, _, k = predictions.shape
        pairs = zip(predictions.double().cpu(), targets.cpu(), strict=True)
        found = torch.stack([self._solved(z, y) for z, y in pairs]).to(predictions.device)
        self.at_bound = (found.abs() >= self.bound).any(1)
        self.w, b = found.view(s, 2, k).unbind(1)
        self.b = b - b.mean(1, keepdim=True)

    def calibrated(self, predictions: Tensor) -> Tensor:
        """Logits (S, M, K), in float64."""
        return predictions.double() * self.w[:, None] + self.b[:, None]

    def _solved(self, z: Tensor, y: Tensor) -> Tensor:
        """(2 K,) w and b of one seed, from its logits (V, K) and labels (V,); nan where a logit is not finite."""
        k = z.shape[1]
        if not z.isfinite().all():
            return z.new_full((2 * k,), torch.nan)
        start = torch.cat([torch.ones_like(z[0]), torch.zeros_like(z[0])])
        return minimum(lambda both: cross_entropy(both[:k] * z + both[k:], y), start, self.bound)
