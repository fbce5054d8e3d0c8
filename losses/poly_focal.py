"""Poly-1 focal loss (Leng et al., "PolyLoss", ICLR 2022, arXiv:2204.12511).

    L(z, y) = mean_k [ alpha_k * (1 - r_k)^gamma * -log r_k + epsilon * (1 - r_k)^(gamma + 1) ]        form sigmoid
    L(z, y) = (1 - p_y)^gamma * -log p_y + epsilon * (1 - p_y)^(gamma + 1),    p = softmax(z)          form softmax

r_k is the probability that the sigmoid of logit k gives to what is true of class k: sigmoid(z_y) for the label,
1 - sigmoid(z_k) for the rest. The focal loss's series begins with (1 - r)^(gamma + 1), whose weight goes from 1 to
1 + epsilon. The weights are differentiated.

Args:
    gamma: at least 0; the focal loss's 2.
    epsilon: at least -1. -1 is the paper's for detection, where this form is used (as quoted by optax's documentation).
    alpha: in (0, 1), alpha_k of the label's class, 1 - alpha that of the others; null for 1 throughout. It weighs the
        focal term alone, as in the code of others that the tests compare with (abhuse/polyloss-pytorch); how the
        paper weighs is unconfirmed. With an alpha below 1 and epsilon = -1 the first term's weight is negative.
    form: sigmoid, each class against the rest, the mean over classes (detection code sums them, K times as much), or
        softmax, the analogue for one label in K; alpha must then be null.

>>> from torch import tensor, zeros
>>> def poly_focal(**arguments): return PolyFocal(alpha=None, **arguments)
>>> poly_focal(gamma=2.0, epsilon=1.0, form="sigmoid")(zeros(1, 10), tensor([3]), tensor([0]))    # log 2 / 4 + 1/8
tensor([0.2983])
>>> poly_focal(gamma=0.0, epsilon=0.0, form="softmax")(zeros(1, 10), tensor([3]), tensor([0]))    # cross-entropy
tensor([2.3026])
"""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PolyFocal(nn.Module):
    def __init__(
        self,
        *,
        gamma: Annotated[float, "[0, inf)"],
        epsilon: Annotated[float, "[-1, inf)"],
        alpha: Annotated[float, "(0, 1)"] | None,
        form: Literal["sigmoid", "softmax"],
    ):
        super().__init__()
        if form == "softmax" and alpha is not None:
            raise ValueError(f"alpha={alpha}: weighs classes against the rest, form=softmax has none; must be null")
        self.gamma = gamma
        self.epsilon = epsilon
        self.alpha = alpha
        self.form = form

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        own = F.one_hot(labels, logits.shape[-1]).bool()
        if self.form == "softmax":
            nll = F.cross_entropy(logits, labels, reduction="none")
            log_miss = logits.masked_fill(own, -torch.inf).logsumexp(-1) - logits.logsumexp(-1)
            return self._poly(nll, log_miss)
        margin = torch.where(own, logits, -logits)
        nll = F.softplus(-margin)
        if self.alpha is None:
            return self._poly(nll, F.logsigmoid(-margin)).mean(-1)
        weight = (1 - self.alpha) + (2 * self.alpha - 1) * own.to(logits.dtype)
        return self._poly(nll, F.logsigmoid(-margin), weight).mean(-1)

    def _poly(self, nll: Tensor, log_miss: Tensor, weight: Tensor | float = 1.0) -> Tensor:
        # powers by way of the logarithm: a gamma below 1 then has a finite slope where nothing is missed
        return weight * (self.gamma * log_miss).exp() * nll + self.epsilon * ((self.gamma + 1) * log_miss).exp()
