"""Soft bootstrapping (Reed et al., ICLR 2015 workshop).

    L(z, y) = -sum_k t_k log p_k,    t = beta * onehot(y) + (1 - beta) * p,    p = softmax(z)

The target is the label mixed with the network's own belief. With p differentiated in the target as well, this is
beta * cross-entropy + (1 - beta) * the entropy of p: labels count for less, and being sure is rewarded.

Args:
    beta: the label's weight, in (0, 1]. The paper's 0.95.
    detach: hold the target constant in the gradient. False is the loss as a formula in z and what two public
        implementations do (giorgiop/loss-correction, ErikEnglesson/GJS); true is the other reading, a target that is
        only looked at. Which one made the paper's numbers is unconfirmed.

>>> from torch import tensor
>>> p = tensor([[0.75, 0.25]])
>>> BootstrapSoft(beta=0.8, detach=False)(p.log(), tensor([1]), tensor([0]))    # -0.15 log 0.75 - 0.85 log 0.25
tensor([1.2215])
>>> BootstrapSoft(beta=1.0, detach=False)(p.log(), tensor([1]), tensor([0]))    # beta = 1 is cross-entropy: log 4
tensor([1.3863])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class BootstrapSoft(nn.Module):
    def __init__(self, *, beta: Annotated[float, "(0, 1]"], detach: bool):
        super().__init__()
        self.beta = beta
        self.detach = detach

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        p = log_p.detach().exp() if self.detach else log_p.exp()
        nll = F.cross_entropy(logits, labels, reduction="none")
        return self.beta * nll - (1 - self.beta) * (p * log_p).sum(-1)
