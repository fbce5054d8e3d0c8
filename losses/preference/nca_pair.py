"""Noise contrastive alignment of pairs, NCA (Chen et al., NeurIPS 2024, arXiv:2402.05369).

    a = beta log pi(w)/ref(w),    b = beta log pi(l)/ref(l)
    L = -log sigmoid(a) - (log sigmoid(-a) + log sigmoid(-b)) / 2

It raises winners and holds the size of both log ratios, where DPO knows their difference only and may lower both.

Args:
    beta: how strongly the reference holds, above 0.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> NCAPair(beta=0.1)(tensor([[0.0, 0.0]]), row, tensor([0]))    # 2 log 2
tensor([1.3863])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class NCAPair(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta

    def of(self, pairs: Pairs) -> Tensor:
        winner, loser = (self.beta * ratio for ratio in pairs.ratios)
        return -F.logsigmoid(winner) - (F.logsigmoid(-winner) + F.logsigmoid(-loser)) / 2
