"""Margin matching preference optimization (Kim et al., EMNLP 2024 Findings, unconfirmed): soft labels that the
margins of rewards give.

    p = sigmoid(gamma margin),    L = -p log sigmoid(beta h) - (1 - p) log sigmoid(-beta h)
    h = log pi(w)/pi(l) - log ref(w)/ref(l)

Its minimum has beta h = gamma margin for each pair. The released code takes p from its data, and is DPO where there is
none; the map from margins is the paper's as it is known to us (unconfirmed). A pair that the worse response won has a
margin below 0, and one that was turned round by noise_type=swapped_pairs the negative of its own: so the loss is the
same whoever is said to have won, and no wrong pair reaches it.

Args:
    beta: how strongly the reference holds, above 0.
    gamma: scale of margins, above 0; 1.1 is a published value (unconfirmed).

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> MMPO(beta=0.1, gamma=1.0)(tensor([[0.0, 0.0]]), row, tensor([0]))    # no margin: log 2, at the minimum
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class MMPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], gamma: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta
        self.gamma = gamma

    def of(self, pairs: Pairs) -> Tensor:
        h, p = self.beta * pairs.gap, (self.gamma * pairs.margin).sigmoid()
        return -p * F.logsigmoid(h) - (1 - p) * F.logsigmoid(-h)
