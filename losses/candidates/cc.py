"""Classifier-consistent learning from partial labels, CC (Feng et al., NeurIPS 2020, arXiv:2007.08929).

    L(z, S) = -log(sum of p_k over the candidates k in S),    p = softmax(z)

The likelihood of the candidates where each set that holds the true class is as likely. Which of the candidates is meant
makes no difference to it.

>>> from torch import tensor, zeros
>>> CC()(zeros(1, 4), tensor([[1.0, 1.0, 0.0, 0.0]]), tensor([0]))    # log 2
tensor([0.6931])
>>> CC()(zeros(1, 10), tensor([[1.0] + [0.0] * 9]), tensor([0]))    # of one candidate it is cross-entropy: log 10
tensor([2.3026])
"""

from torch import Tensor, inf, nn


class CC(nn.Module):
    fits = ("candidates",)

    def forward(self, logits: Tensor, candidates: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), candidates (B, K) of 0 and 1, at least one of each example, index (B,) -> losses (B,)."""
        return logits.logsumexp(-1) - logits.masked_fill(candidates <= 0, -inf).logsumexp(-1)
