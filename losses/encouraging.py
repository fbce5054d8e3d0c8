"""Encouraging loss (Zhao et al., "Well-classified Examples are Underestimated", AAAI 2022, arXiv:2110.06537).

    L(z, y) = -log p_y + log(1 - p_y),    p = softmax(z)
    for p_y > log_end the second term, the bonus, goes on along its tangent:
        log(1 - log_end) - (p_y - log_end) / (1 - log_end)

The bonus gives back the gradient that cross-entropy takes from examples that are already right. Up to log_end the
loss is the negative log-odds of the label. It is negative for confident examples.

Args:
    form: log is the formula above. The released code (el.py) has more: power, -log p_y - p_y^power; cosine,
        -log p_y + cos(pi p_y) - 1; and mirror_mse, the mean over classes of (onehot - p)^2 minus that of
        (1 - onehot - p)^2, which comes to 4 / K * (1 - p_y) - 1: the mean absolute error, but for scale and constant.
    log_end: in [0, 1], for form log. The released class has 0.75; 0.5 is its authors' choice for all settings; 1 is
        the whole bonus, with 1 - p_y at least 1e-5, as in their code, so that its gradient ends there.
    power: above 0, for form power; 2 in the values that the tests compare with.
    smoothing: in [0, 1), label smoothing as in torch, of loss and bonus alike: the mean over the smoothed label.

>>> from torch import tensor, zeros
>>> def encouraging(**changed): return Encouraging(**dict(log_end=0.75, power=2.0, smoothing=0.0) | changed)
>>> encouraging(form="log")(zeros(1, 10), tensor([3]), tensor([0]))    # log 10 + log 0.9 = log 9
tensor([2.1972])
>>> encouraging(form="log", log_end=0.0)(zeros(1, 10), tensor([3]), tensor([0]))    # log_end = 0: log 10 - p_y
tensor([2.2026])
"""

import math
from typing import Annotated, Literal

from torch import Tensor, nn


class Encouraging(nn.Module):
    def __init__(
        self,
        *,
        form: Literal["log", "power", "cosine", "mirror_mse"],
        log_end: Annotated[float, "[0, 1]"],
        power: Annotated[float, "(0, inf)"],
        smoothing: Annotated[float, "[0, 1)"],
    ):
        super().__init__()
        self.form = form
        self.log_end = log_end
        self.power = power
        self.smoothing = smoothing

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        each = -4 / logits.shape[-1] * log_p.expm1() - 1 if self.form == "mirror_mse" else self._bonus(log_p) - log_p
        return (1 - self.smoothing) * each.gather(-1, labels[:, None])[:, 0] + self.smoothing * each.mean(-1)

    def _bonus(self, log_p: Tensor) -> Tensor:
        if self.form == "power":
            return -(self.power * log_p).exp()
        if self.form == "cosine":
            return (math.pi * log_p.exp()).cos() - 1
        room = 1 - self.log_end
        bonus = (-log_p.expm1()).clamp(min=max(room, 1e-5)).log()
        return bonus - (log_p.exp() - self.log_end).relu() / room if room else bonus
