"""Self-adjusting Dice loss (Li et al., "Dice Loss for Data-imbalanced NLP Tasks", ACL 2020).

    L(z, y) = sum_k 1 - (2 q_k t_k + smooth) / (q_k^2 + t_k^2 + smooth),    q = (1 - p)^alpha * p
    p = softmax(z),    t = onehot(y)

A smoothed F1 score of each class, for tasks with many easy negatives; the factor (1 - p)^alpha takes weight from
examples that are easy already. It is bounded by 1 / (1 + smooth) for the labelled class and by that of a q of 1 for
each other. With alpha > 0 the loss rises again close to p_y = 1, where q_y returns to 0: a little at alpha = 0.01,
back to its start at alpha = 1.

Args:
    alpha: at least 0. The released scripts' 0.01. The paper's text reads like a decay of alpha = 1 (unconfirmed).
    smooth: positive: without it the term of a wrong class would not depend on z. The released scripts' 1.
    form: what the denominator holds. square: q^2 + t^2, as above and in every released script. linear: q + t, the
        paper's definition for one example (unconfirmed); the squares are a variant of it. The released code's
        linear path sums the denominator, but not the numerator, over the batch, and is not implemented.

>>> from torch import tensor, zeros
>>> Dice(alpha=1.0, smooth=1.0, form="square")(zeros(1, 2), tensor([1]), tensor([0]))    # q = 1/4: 3/11 + 1/17
tensor([0.3316])
>>> right = tensor([[0.0, 50.0]])
>>> Dice(alpha=0.0, smooth=1.0, form="square")(right, tensor([1]), tensor([0]))    # alpha = 0 is Dice, 0 where p = t
tensor([0.])
"""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Dice(nn.Module):
    def __init__(
        self,
        *,
        alpha: Annotated[float, "[0, inf)"],
        smooth: Annotated[float, "(0, inf)"],
        form: Literal["square", "linear"],
    ):
        super().__init__()
        self.alpha = alpha
        self.smooth = smooth
        self.power = {"square": 2, "linear": 1}[form]

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        # 1 - p of the likeliest class is lost to rounding, and is the sum of the others; any other p is at most 1/2
        top = F.one_hot(log_p.argmax(-1), logits.shape[-1]).bool()
        others = log_p.masked_fill(top, -torch.inf).logsumexp(-1, keepdim=True)
        log_miss = torch.where(top, others, (-log_p.exp().masked_fill(top, 0.0)).log1p())
        q = (log_p + self.alpha * log_miss).exp()
        t = F.one_hot(labels, logits.shape[-1])
        overlap = (2 * q * t + self.smooth) / (q**self.power + t + self.smooth)  # t^2 = t
        return (1 - overlap).sum(-1)
