"""Negative learning, the first step of NLNL (Kim et al., ICCV 2019).

    L(z, y) = -log(1 - p_n),    p = softmax(z), n drawn uniformly from the other K - 1 classes at each use

"Not class n" is true far more often than "class y" where labels are flipped: with a share of symmetric noise r it is
wrong for r / (K - 1) of the examples only. NLNL goes on to train on confident examples alone (unconfirmed in its
details); this is its loss, as the noisy-label tables have it. The loader draws u in [0, 1) for each example, and
n = (y + 1 + floor(u (K - 1))) mod K.

The code behind those tables floors 1 - p_n at 1e-5, which ends the pull where the network is wrong for certain; here
log(1 - p_n) is exact. That code also weights examples by (largest class size) / (size of the class of y), and draws 110
classes an example for CIFAR-100; here the weight is 1 and the draw is one.

>>> from torch import tensor, zeros
>>> draw = {"negative": tensor([0.5])}
>>> NLNL()(zeros(1, 10), tensor([3]), tensor([0]), **draw)    # -log 0.9
tensor([0.1054])
>>> NLNL()(tensor([[3.0, 0.0]]), tensor([1]), tensor([0]), **draw)    # of two classes, "not 0" is 1: cross-entropy
tensor([3.0486])
"""

from collections.abc import Callable
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn


class NLNL(nn.Module):
    draws: ClassVar[dict[str, Callable[[Generator, int], Tensor]]] = {
        "negative": lambda g, b: torch.rand(b, generator=g),
    }

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor, *, negative: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,), numbers in [0, 1) (B,) -> losses (B,)."""
        classes = logits.shape[-1]
        other = (labels + 1 + (negative * (classes - 1)).long()) % classes
        rest = logits.log_softmax(-1).masked_fill(F.one_hot(other, classes).bool(), -torch.inf)
        return -rest.logsumexp(-1)
