"""Alignment by optimal transport of pairs, AOT (Melnyk et al., NeurIPS 2024, arXiv:2406.05882, unconfirmed).

    a = log pi(w)/pi(l),    c = log ref(w)/ref(l),    each in ascending order in the batch
    L = mean over ranks i of -log sigmoid(beta (a_(i) - c_(i)))

The policy's preferences of a batch are to be larger than the reference's in distribution: the smallest is set against
the smallest, and not against that of the same pair. In a batch of one it is DPO. It is one number of a batch. Order is
by sorting, as in released code, and the gradient is that of the order as it is.

Args:
    beta: how strongly the reference holds, above 0.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> AOT(beta=0.1)(tensor([[0.0, 0.0]]), row, tensor([0]))    # log 2
tensor(0.6931)
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfResponses, Pairs, pairs_of


class AOT(OfResponses):
    fits = ("preference",)
    kind = "set"

    def __init__(self, *, beta: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,) -> ()."""
        return self.of(pairs_of(predictions, target)).mean()

    def of(self, pairs: Pairs) -> Tensor:
        """Pairs, each (B,) -> losses (B,), by rank."""
        policy = (pairs.policy_winner - pairs.policy_loser).sort().values
        reference = (pairs.reference_winner - pairs.reference_loser).sort().values
        return -F.logsigmoid(self.beta * (policy - reference))
