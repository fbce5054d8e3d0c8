"""Alignment by the divergence from a target (Go et al., ICML 2023, arXiv:2302.08215, unconfirmed), exact.

    p = ref e^(r / beta) / Z
    forward_kl L = KL(p, pi)        js L = KL(pi, m) + KL(p, m), m = (pi + p) / 2
    reverse_kl L = KL(pi, p)        tv L = 1/2 sum |pi - p|

It looks at the true reward r of all K responses. The paper draws responses and has a pseudo-reward for each; its mean
gradient is the one here. js is twice the divergence of Jensen and Shannon. Each is 0 where the policy is p.

Args:
    beta: how strongly the reference holds in the target, above 0.
    divergence: forward_kl, reverse_kl, js or tv.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[1.0, 0.0], *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])
>>> FDPG(beta=1.0, divergence="tv")(tensor([[0.0, 0.0]]), row, tensor([0]))    # sigmoid(1) - 1/2
tensor([0.2311])
"""

from math import log
from typing import Annotated, Literal

import torch
from torch import Tensor

from losses.preference._groups import divergence as kl
from losses.preference._rows import OfResponses, log_policy, rows_of


class FDPG(OfResponses):
    fits = ("preference",)

    def __init__(
        self, *, beta: Annotated[float, "(0, inf)"], divergence: Literal["forward_kl", "reverse_kl", "js", "tv"]
    ):
        super().__init__()
        self.beta = beta
        self.divergence = divergence

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,) -> losses (B,)."""
        rows = rows_of(target)
        best = log_policy(rows.reward / self.beta, rows.reference)
        return self.of(log_policy(predictions, rows.reference), best)

    def of(self, policy: Tensor, best: Tensor) -> Tensor:
        """Log probabilities (B, K) of the policy and of the target -> losses (B,)."""
        if self.divergence == "forward_kl":
            return kl(best, policy)
        if self.divergence == "reverse_kl":
            return kl(policy, best)
        if self.divergence == "tv":
            return (policy.exp() - best.exp()).abs().sum(-1) / 2
        middle = torch.logaddexp(policy, best) - log(2)
        return kl(policy, middle) + kl(best, middle)
