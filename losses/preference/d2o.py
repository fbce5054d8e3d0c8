"""Distributional dispreference optimization: losers alone, against the policy's own responses (Duan et al., 2024,
arXiv:2403.03419).

    L = -log sigmoid((beta / K) sum_k log pi(y_k) / ref-(y_k) - alpha log pi(l) / ref+(l))

A loser becomes less probable, and K samples y_k more probable beside it; the winner is not looked at. With K = 1, the
winner as the sample and alpha = beta it is DPO.

Here ref-, which the paper has of harmful responses, and ref+, of helpful ones, are both the reference of the row, as a
summary says of the paper's experiments (unconfirmed). Samples are the reference's, or (decided) those of the policy as
it is. They are drawn by the inverse of the distribution function at uniform numbers from the loader, and no gradient
goes through the draw. No released program was at hand; it is the formula's.

Args:
    beta: weight of the samples, above 0; the paper has 0.1 (unconfirmed).
    alpha: weight of the loser, above 0; the paper has 0.1 (unconfirmed).
    samples: K; the paper has 11 (unconfirmed).
    of: reference or policy, that samples are drawn from.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> loss = D2O(beta=0.1, alpha=0.1, samples=2, of="policy")
>>> loss(tensor([[0.0, 0.0]]), row, tensor([0]), uniforms=tensor([[0.2, 0.7]]))    # log 2
tensor([0.6931])
"""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor

from losses.preference._groups import OfGroups, drawn
from losses.preference._rows import log_policy, rows_of


class D2O(OfGroups):
    fits = ("preference",)

    def __init__(
        self,
        *,
        beta: Annotated[float, "(0, inf)"],
        alpha: Annotated[float, "(0, inf)"],
        samples: Annotated[int, "[1, 1000]"],
        of: Literal["policy", "reference"],
    ):
        super().__init__(samples)
        self.beta = beta
        self.alpha = alpha
        self.sampled = of

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor, *, uniforms: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,), uniforms (B, samples) in [0, 1) -> losses (B,)."""
        rows = rows_of(target)
        policy = log_policy(predictions, rows.reference)
        places = drawn(policy if self.sampled == "policy" else rows.reference, uniforms)
        raised = policy - rows.reference
        return self.of(raised.gather(1, places), raised.gather(1, rows.loser[:, None])[:, 0])

    def of(self, samples: Tensor, loser: Tensor) -> Tensor:
        """Log ratios of policy and reference, of samples (B, samples) and of losers (B,) -> losses (B,)."""
        return -F.logsigmoid(self.beta * samples.mean(1) - self.alpha * loser)
