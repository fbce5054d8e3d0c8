"""Kahneman-Tversky optimization (Ethayarajh et al., ICML 2024, arXiv:2402.01306): responses that are good or bad.

    r = log pi(y) / ref(y),    z0 = max(0, mean of r over mismatched responses)
    desirable   L = desirable (1 - sigmoid(beta (r - z0)))
    undesirable L = undesirable (1 - sigmoid(beta (z0 - r)))

Of each pair the winner is desirable and the loser is not. A mismatched response is that of the next pair of the batch,
taken for an answer to this context: winner for winner and loser for loser, as released. z0 is held constant in the
gradient. HALOs leaves entries that are exactly 0 out of the mean; trl does not, nor does this.

Args:
    beta: how strongly the reference holds, above 0.
    desirable, undesirable: weights, above 0; the paper's ratio is 1 to 1.33.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> KTO(beta=0.1, desirable=1.0, undesirable=1.0)(tensor([[0.0, 0.0]]), row, tensor([0]))
tensor(0.5000)
"""

from typing import Annotated

import torch
from torch import Tensor

from losses.preference._rows import OfResponses, log_policy, rows_of


class KTO(OfResponses):
    fits = ("preference",)
    kind = "set"

    def __init__(
        self,
        *,
        beta: Annotated[float, "(0, inf)"],
        desirable: Annotated[float, "(0, inf)"],
        undesirable: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.beta = beta
        self.desirable = desirable
        self.undesirable = undesirable

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,) -> ()."""
        rows = rows_of(target)
        ratio = log_policy(predictions, rows.reference) - rows.reference
        both = torch.stack([rows.winner, rows.loser], 1)
        good, bad = ratio.gather(1, both).unbind(1)
        return self.of(good, bad, ratio.gather(1, both.roll(-1, 0)).flatten()).mean()

    def of(self, desirable: Tensor, undesirable: Tensor, mismatched: Tensor) -> Tensor:
        """Log ratios, (A,) of desirable, (B,) of undesirable and (C,) of mismatched responses -> losses (A + B,)."""
        z0 = mismatched.mean().clamp(min=0).detach()
        good = self.desirable * (-self.beta * (desirable - z0)).sigmoid()
        bad = self.undesirable * (-self.beta * (z0 - undesirable)).sigmoid()
        return torch.cat([good, bad])
