"""Truncated generalized cross-entropy (Zhang and Sabuncu, NeurIPS 2018, arXiv:1805.07836).

    L(z, y) = w * (1 - p_y^q) / q + (1 - w) * (1 - k^q) / q,    p = softmax(z)
    w <- 1[p_y > k]                                             one w for each training example, held constant

Examples whose label the network finds implausible are put aside at a constant loss and do not pull. All are judged
after start epochs of the phase that trains, and again every so many epochs, each right before its next use. Until then
w = 1 and this is GCE. The paper takes p_y from the best snapshot so far (by validation accuracy); here it is the
network's of that moment. The released pruning subtracts (1 - k^q) / q instead of keeping it: the same gradient. With
start = 0 and every = 1 it is the truncated loss itself, GCE where p_y > k and constant elsewhere.

Args:
    num_train: N, given by the runner.
    q: in (0, 1]. The paper's 0.7.
    k: the plausibility below which an example is put aside, in [0, 1); the paper's 0.5.
    start: epochs before the first in which examples are judged, at least 0: 39 in the re-implementation
        AlanChou/Truncated-Loss@93a2464, which judges all examples right before the epochs 40, 50, ... of 120, counted
        from 1 (CIFAR-10).
    every: epochs from one judgement to the next, at least 1: 10 likewise.

>>> from torch import tensor, zeros
>>> cut = GCETruncated(4, q=0.7, k=0.5, start=1, every=10)
>>> cut.begin(1, 120)
>>> cut(zeros(1, 10), tensor([3]), tensor([0]))    # GCE, (1 - 0.1^0.7) / 0.7
tensor([1.1435])
>>> cut.begin(2, 120)
>>> cut(zeros(1, 10), tensor([3]), tensor([0]))    # p_y = 0.1 is put aside, (1 - 0.5^0.7) / 0.7
tensor([0.5492])
>>> GCETruncated(4, q=1.0, k=0.0, start=0, every=1)(zeros(1, 10), tensor([3]), tensor([0]))    # k = 0 is GCE: 1 - p_y
tensor([0.9000])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GCETruncated(nn.Module):
    judgements: Tensor
    judged: Tensor
    weight: Tensor

    def __init__(
        self,
        num_train: int,
        *,
        q: Annotated[float, "(0, 1]"],
        k: Annotated[float, "[0, 1)"],
        start: Annotated[int, "[0, inf)"],
        every: Annotated[int, "[1, inf)"],
    ):
        super().__init__()
        self.q = q
        self.k = k
        self.start = start
        self.every = every
        self.register_buffer("judgements", torch.tensor(int(start == 0)))  # so far
        self.register_buffer("judged", torch.zeros(num_train, dtype=torch.long))  # which of them was an example's last
        self.register_buffer("weight", torch.ones(num_train))

    def begin(self, epoch: int, epochs: int) -> None:
        self.judgements.fill_(max((epoch - 1 - self.start) // self.every + 1, 0))

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,); judges the examples in `index` whose turn it is."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        plausible = ((-nll.detach()).exp() > self.k).to(self.weight.dtype)
        weight = torch.where(self.judged[index] < self.judgements, plausible, self.weight[index])
        self.weight[index] = weight
        self.judged[index] = self.judgements
        return torch.where(weight > 0, -(-self.q * nll).expm1(), 1 - self.k**self.q) / self.q
