"""Noise-aware preference optimization with a given q (NaPO, unconfirmed; github.com/zhangzef/NaPO): generalized
cross-entropy of pairs, after Zhang and Sabuncu, NeurIPS 2018.

    L = (1 - sigmoid(beta h)^q) / q,    h = log pi(w)/pi(l) - log ref(w)/ref(l)

q = 1 is the mean absolute error, and q towards 0 is DPO. The released program adds plain DPO for pairs that it does not
take for noisy, and has q by the batch, too: see napo_dynamic.

Args:
    beta: how strongly the reference holds, above 0.
    q: in (0, 1].

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> NaPO(beta=0.1, q=1.0)(tensor([[0.0, 0.0]]), row, tensor([0]))
tensor([0.5000])
"""

from typing import Annotated

from torch import Tensor

from losses.preference._rows import OfPairs, Pairs
from losses.preference._truncated import truncated


class NaPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], q: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.beta = beta
        self.q = q

    def of(self, pairs: Pairs) -> Tensor:
        return truncated(self.beta * pairs.gap, self.q)
