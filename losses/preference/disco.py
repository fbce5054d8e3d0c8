"""Discriminative constrained optimization, DisCO (Li et al., 2025, arXiv:2505.12366, unconfirmed), on draws of the
reference.

    L = -mean over groups of (mean of s over right draws - tau log(mean of exp(s / tau) over wrong draws))
        + beta / 2 max(KL - delta, 0)^2

s is the score of a response: its log probability over its length, or pi / ref. A response is right where its true
reward is above a number. A group whose draws are all right or all wrong adds nothing, and counts in the mean. With
tau = infinity the second term is the plain mean of s over wrong draws (DisCO-b).

The released value of the second term is a constant, with the gradient of this one; the released penalty has the value
of another one, and the gradient of this one, which is half of the formula in the paper. KL is that of
the reference from the policy, exact over the K responses, a mean over the batch; the released one is estimated from the
draws of the old policy.

Args:
    beta: weight of the penalty, from 0 up; the paper's is 1000.
    delta: the divergence that is allowed, in nats.
    group: k, how many responses are drawn for each row, at least 2.
    tau: above 0; the smaller, the more the worst of the wrong draws counts. The paper's is 10 of log likelihoods and 1
        of ratios.
    score: of a response.
    above: the reward from which on a response is right.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[1.0, -1.0], *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])
>>> loss = DisCO(beta=0.0, delta=0.0, group=2, tau=10.0, score="log_likelihood", above=0.0)
>>> loss(tensor([[0.2, 0.0]]), row, tensor([0]), uniforms=tensor([[0.2, 0.7]]))    # of one right and one wrong
tensor(-0.2000)
"""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from losses.preference._groups import OfGroups, divergence, drawn
from losses.preference._rows import log_policy, rows_of

Score = Literal["log_likelihood", "ratio"]


class DisCO(OfGroups):
    fits = ("preference",)
    kind = "set"

    def __init__(
        self,
        *,
        beta: Annotated[float, "[0, inf)"],
        delta: Annotated[float, "[0, inf)"],
        group: Annotated[int, "[2, 1000]"],
        tau: Annotated[float, "(0, inf]"],
        score: Score,
        above: float,
    ):
        super().__init__(group)
        self.beta, self.delta, self.tau = beta, delta, tau
        self.score, self.above = score, above

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor, uniforms: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,), uniforms (B, k) -> the loss ()."""
        rows = rows_of(target)
        places = drawn(rows.reference, uniforms)
        policy = log_policy(predictions, rows.reference)
        scores = (policy - rows.reference).exp() if self.score == "ratio" else policy / rows.length
        right = rows.reward.gather(-1, places) > self.above
        return self.gained(scores.gather(-1, places), right).neg() + self.penalty(
            divergence(rows.reference, policy).mean()
        )

    def gained(self, scores: Tensor, right: Tensor) -> Tensor:
        """Scores (B, k) and which are of right responses (B, k) -> ()."""
        many, few = right.sum(1), (~right).sum(1)
        good = (scores * right).sum(1) / many.clamp(min=1)
        if math.isinf(self.tau):
            bad = (scores * ~right).sum(1) / few.clamp(min=1)
        else:
            at = (scores / self.tau).masked_fill(right, -torch.inf).masked_fill((few == 0)[:, None], 0)
            bad = self.tau * (at.logsumexp(1) - few.clamp(min=1).to(scores).log())
        return torch.where((many > 0) & (few > 0), good - bad, 0.0).mean()

    def penalty(self, kl: Tensor) -> Tensor:
        """The divergence () -> ()."""
        return self.beta / 2 * (kl - self.delta).clamp(min=0).square()
