"""Adaptive label-distributionally robust loss, ALDR-KL (Zhu, Ying and Yang, ICML 2023, arXiv:2112.14869).

    L(z, y) = lambda * log( (1/K) * sum_k exp((u_k - u_y + margin * 1[k != y]) / lambda) )
              - alpha * log K / (2 * lambda0) * (lambda - lambda0)^2
    lambda <- lambda0 * (1 - KL(q || uniform) / (alpha * log K)),    q = softmax(u / lambda)

    form "paper":              u = z
    form "released":           u = z / mean_k |z_k|
    form "released_softplus":  u = softplus(z) / mean_k softplus(z)

LDR-KL with one lambda for each training example, held constant and moved before each use: it starts at lambda0
(`temperature`) and falls where the network is certain, which makes the loss less forgiving there. As in the released
code, 1e-5 is added to each entry of q before it is renormalised, and the margin does not enter q. The mean by which
scores are divided is floored, at 1e-3 for |z|, so that logits of zero have a finite gradient. Where u is not z the
sizes of the logits count, not only their differences, and the loss is bounded by K + margin.

Args:
    num_train: N, given by the runner.
    margin: at least 0. 0.1 in the paper's experiments; the code's README has 1 (unconfirmed).
    alpha: at least 1, which keeps lambda positive; the README's 2, the code's default is 1.
    temperature: lambda0, above 0; the paper chooses it from 0.1, 1 and 10 by cross-validation.
    form: "paper", "released" or "released_softplus", which the released code takes for CIFAR-100 only.

>>> from torch import tensor, zeros
>>> one = {"alpha": 2.0, "margin": 1.0, "temperature": 1.0, "form": "released"}
>>> ALDRKL(4, **one)(zeros(1, 10), tensor([3]), tensor([0]))    # q is uniform, lambda stays 1: log((9 e + 1) / 10)
tensor([0.9347])
>>> far = {"alpha": 1e9, "margin": 0.0, "temperature": 1.0, "form": "paper"}
>>> ALDRKL(4, **far)(tensor([[3.0, 0.0]]), tensor([1]), tensor([0]))    # alpha to infinity is LDR-KL: 3.0486 - log 2
tensor([2.3554])
"""

import math
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ALDRKL(nn.Module):
    current: Tensor

    def __init__(
        self,
        num_train: int,
        *,
        alpha: Annotated[float, "[1, inf)"],
        margin: Annotated[float, "[0, inf)"],
        temperature: Annotated[float, "(0, inf)"],
        form: Literal["paper", "released", "released_softplus"],
    ):
        super().__init__()
        self.alpha = alpha
        self.margin = margin
        self.temperature = temperature
        self.form = form
        self.register_buffer("current", torch.full((num_train,), temperature))

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,); moves the temperatures of the examples in `index`."""
        log_classes = math.log(logits.shape[-1])
        scores = self._scores(logits)
        q = (scores.detach() / self.current[index, None]).softmax(-1) + 1e-5
        q = q / q.sum(-1, keepdim=True)
        certainty = ((q * q.log()).sum(-1) + log_classes) / (self.alpha * log_classes)
        temperature = self.temperature * (1 - certainty)
        self.current[index] = temperature
        others = 1 - F.one_hot(labels, logits.shape[-1]).to(logits.dtype)
        gaps = scores - scores.gather(-1, labels[:, None]) + self.margin * others
        robust = temperature * ((gaps / temperature[:, None]).logsumexp(-1) - log_classes)
        price = 0.5 * self.alpha * log_classes / self.temperature
        return robust - price * (temperature - self.temperature).square()

    def _scores(self, logits: Tensor) -> Tensor:
        if self.form == "paper":
            return logits
        if self.form == "released":
            return logits / logits.abs().mean(-1, keepdim=True).clamp(min=1e-3)
        positive = F.softplus(logits)
        # softplus underflows where all logits are far below 0
        return positive / positive.mean(-1, keepdim=True).clamp(min=1e-12)
