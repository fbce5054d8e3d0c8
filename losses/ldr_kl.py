"""Label-distributionally robust loss, LDR-KL (Zhu, Ying and Yang, ICML 2023, arXiv:2112.14869).

    L(z, y) = lambda * log( (1/K) * sum_k exp((u_k - u_y + margin * 1[k != y]) / lambda) )

    form "paper":     u = z
    form "released":  u = softplus(z) / mean_k softplus(z)

The worst mean of the K margins over class weights that stay near uniform: lambda (`temperature`) says how near. Small
lambda goes to the Crammer-Singer hinge, large lambda to the mean margin, which is symmetric, while lambda = 1 without a
margin is cross-entropy. The 1/K lets the loss be negative, down to -lambda log K. The released scores lie in [0, K],
which bounds the loss by K + margin; their sizes, not only their differences, count.

Args:
    margin: at least 0. 0.1 in the paper's experiments and in the re-runs of Wang et al., "epsilon-Softmax", NeurIPS
        2024; the code's README has 2 (unconfirmed).
    temperature: lambda, above 0. The paper chooses it from 0.1, 1 and 10 by cross-validation; those re-runs take 10
        (CIFAR-10) and 1 (CIFAR-100, WebVision).
    form: "paper" or "released"; the re-runs' numbers are of "released", and so, presumably, are the paper's.

>>> from torch import tensor, zeros
>>> LDRKL(margin=1.0, temperature=1.0, form="paper")(zeros(1, 10), tensor([3]), tensor([0]))    # log((9 e + 1) / 10)
tensor([0.9347])
>>> plain = LDRKL(margin=0.0, temperature=1.0, form="paper")    # is cross-entropy less log K: 3.0486 - 0.6931
>>> plain(tensor([[3.0, 0.0]]), tensor([1]), tensor([0]))
tensor([2.3554])
"""

import math
from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor, nn


class LDRKL(nn.Module):
    def __init__(
        self,
        *,
        margin: Annotated[float, "[0, inf)"],
        temperature: Annotated[float, "(0, inf)"],
        form: Literal["paper", "released"],
    ):
        super().__init__()
        self.margin = margin
        self.temperature = temperature
        self.form = form

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        scores = logits
        if self.form == "released":
            scores = F.softplus(logits)
            # softplus underflows where all logits are far below 0
            scores = scores / scores.mean(-1, keepdim=True).clamp(min=1e-12)
        others = 1 - F.one_hot(labels, logits.shape[-1]).to(logits.dtype)
        gaps = scores - scores.gather(-1, labels[:, None]) + self.margin * others
        return self.temperature * ((gaps / self.temperature).logsumexp(-1) - math.log(logits.shape[-1]))
