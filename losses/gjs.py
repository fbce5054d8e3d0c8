"""Generalized Jensen-Shannon loss (Englesson and Azizpour, NeurIPS 2021).

    L(z, y) = Z * (pi * KL(onehot(y) || m) + (1 - pi) / V * sum_v KL(p_v || m)),    p_v = softmax(z_v)
    m = pi * onehot(y) + (1 - pi) / V * sum_v p_v,    Z = -1 / ((1 - pi) * log(1 - pi))

How far the label and the predictions for V augmented views of an input lie from their mean. With one view it is the
JS loss, a dial between cross-entropy (pi to 0) and MAE (pi to 1); further views add that the predictions must agree,
whatever the label. loss=js and loss=gjs are this one class with the paper's weights for one and for two views; how many
views there are is the method's business: logits (B, K) are one view, (B, V, K) are V.

Args:
    pi: the label's weight, in (0, 1). The paper's on CIFAR-10 at symmetric noise of 0, 20, 40, 60, 80%: JS 0.1, 0.7,
        0.7, 0.9, 0.9, GJS 0.5, 0.3, 0.9, 0.1, 0.1; on CIFAR-100: JS 0.1, 0.1, 0.3, 0.5, 0.3, GJS 0.3, 0.3, 0.5, 0.9,
        0.1. Asymmetric noise: 0.3 for both on CIFAR-10; 0.5 on CIFAR-100, for GJS 0.5 or 0.1, by the rate.
    scaled: multiply by Z, which fixes the size of the gradient in both limits. False is the released code's choice for
        WebVision.

The released code clamps probabilities at 1e-7 inside logarithms; here they are computed from the logits' own.

>>> from torch import float64, tensor, zeros
>>> GJS(pi=0.5, scaled=False)(zeros(1, 2), tensor([0]), tensor([0]))    # log(4/3) / 2 + (log(2/3) + log 2) / 4
tensor([0.2158])
>>> GJS(pi=1e-6, scaled=True)(zeros(1, 10, dtype=float64), tensor([3]), tensor([0]))    # to cross-entropy: log 10
tensor([2.3026], dtype=torch.float64)
>>> GJS(pi=0.5, scaled=False)(zeros(1, 3, 2), tensor([0]), tensor([0]))    # three views that agree are one view
tensor([0.2158])
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GJS(nn.Module):
    def __init__(self, *, pi: Annotated[float, "(0, 1)"], scaled: bool):
        super().__init__()
        self.pi = pi
        self.scale = -1 / ((1 - pi) * math.log1p(-pi)) if scaled else 1.0

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K) or (B, V, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = (logits if logits.dim() == 3 else logits[:, None]).log_softmax(-1)
        weight = (1 - self.pi) / log_p.shape[1]
        rest = log_p.logsumexp(1) + math.log(weight)
        label = F.one_hot(labels, rest.shape[-1])
        log_m = torch.where(label == 1, rest.logaddexp(torch.full_like(rest, math.log(self.pi))), rest)
        to_label = -(label * log_m).sum(-1)
        to_views = (log_p.exp() * (log_p - log_m[:, None])).sum((1, 2))
        return self.scale * (self.pi * to_label + weight * to_views)
