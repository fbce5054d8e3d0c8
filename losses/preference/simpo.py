"""Simple preference optimization (Meng, Xia and Chen, NeurIPS 2024, arXiv:2405.14734): log probabilities for each
token, and no reference.

    L = -log sigmoid(beta (log pi(w) / |w| - log pi(l) / |l| - margin))

The paper writes beta times the margin as gamma. It has no reference, and so nothing holds the policy but the margin.

Args:
    beta: above 0; the paper's is 2 to 2.5.
    margin: gamma / beta, at least 0; the paper's is 0.3 to 0.8.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> SimPO(beta=2.0, margin=0.5)(tensor([[0.5, 0.0]]), row, tensor([0]))    # the margin is reached: log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class SimPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], margin: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.beta = beta
        self.margin = margin

    def of(self, pairs: Pairs) -> Tensor:
        ahead = pairs.policy_winner / pairs.length_winner - pairs.policy_loser / pairs.length_loser
        return -F.logsigmoid(self.beta * (ahead - self.margin))
