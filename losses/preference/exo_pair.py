"""Efficient exact optimization of pairs, EXO (Ji et al., ICML 2024, arXiv:2402.00856).

    h = log pi(w)/pi(l) - log ref(w)/ref(l),    q = sigmoid(beta h)
    L = q log(q / (1 - flips)) + (1 - q) log((1 - q) / flips)

It is the divergence of the policy's preference from the label's, and so weighs by the policy, where smoothed DPO is the
reverse one but for a constant. The minimum of a pair is beta h = log((1 - flips) / flips); at h far below 0 its
gradient fades.

Args:
    beta: how strongly the reference holds, above 0.
    flips: the share of pairs that is taken to be the wrong way round, in (0, 0.5).

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> EXOPair(beta=0.1, flips=0.05)(tensor([[0.0, 0.0]]), row, tensor([0]))    # -log(4 * 0.95 * 0.05) / 2
tensor([0.8304])
"""

from math import log
from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class EXOPair(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], flips: Annotated[float, "(0, 0.5)"]):
        super().__init__()
        self.beta = beta
        self.flips = flips

    def of(self, pairs: Pairs) -> Tensor:
        h = self.beta * pairs.gap
        right = h.sigmoid() * (F.logsigmoid(h) - log(1 - self.flips))
        return right + (-h).sigmoid() * (F.logsigmoid(-h) - log(self.flips))
