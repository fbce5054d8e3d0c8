"""Group relative policy optimization (Shao et al., 2024, arXiv:2402.03300, unconfirmed), on draws of the reference.

    A = (r - mean r) / (deviation of r + 0.0001),    q = pi(y) / ref(y)
    L = -mean over k draws of min(q A, clip(q, 1 - clip, 1 + clip) A) + beta KL(pi, ref)

It looks at the true reward r of the responses that it draws. The policy that draws is the reference throughout, and the
divergence is exact over the K responses; the paper estimates it from the draws.

Args:
    beta: weight of the divergence, from 0 up.
    group: k, how many responses are drawn for each row, at least 2.
    clip: how far a ratio may move from 1 and still be rewarded, in (0, 1).

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[1.0, 0.0], *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])
>>> GRPO(beta=0.0, group=2, clip=0.2)(tensor([[0.2, 0.0]]), row, tensor([0]), uniforms=tensor([[0.2, 0.7]]))
tensor([-0.0705])
"""

from typing import Annotated

import torch
from torch import Tensor

from losses.preference._groups import OfGroups, divergence, drawn
from losses.preference._rows import log_policy, rows_of

TINY = 1e-4  # added to deviations, as trl does (unconfirmed)


class GRPO(OfGroups):
    fits = ("preference",)

    def __init__(
        self,
        *,
        beta: Annotated[float, "[0, inf)"],
        group: Annotated[int, "[2, 1000]"],
        clip: Annotated[float, "(0, 1)"],
    ):
        super().__init__(group)
        self.beta = beta
        self.clip = clip

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor, uniforms: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,), uniforms (B, k) -> losses (B,)."""
        rows = rows_of(target)
        places = drawn(rows.reference, uniforms)
        policy = log_policy(predictions, rows.reference)
        ratio = (policy - rows.reference).gather(-1, places).exp()
        gained = self.gained(ratio, rows.reward.gather(-1, places))
        return self.beta * divergence(policy, rows.reference) - gained

    def gained(self, ratio: Tensor, reward: Tensor) -> Tensor:
        """Ratios of probabilities and rewards (B, k) -> (B,)."""
        advantage = (reward - reward.mean(-1, keepdim=True)) / (reward.std(-1, keepdim=True) + TINY)
        clipped = ratio.clamp(1 - self.clip, 1 + self.clip)
        return torch.minimum(ratio * advantage, clipped * advantage).mean(-1)
