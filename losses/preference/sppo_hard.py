"""Self-play preference optimization with hard labels, SPPO (Wu et al., arXiv:2405.00675, unconfirmed).

    L = (log pi(w)/ref(w) - 1 / (2 beta))^2 + (log pi(l)/ref(l) + 1 / (2 beta))^2

Of a pair whose winner wins with probability 1. The paper goes on by rounds, and each takes the last round's policy for
the reference; here (decided) there is one round.

Args:
    beta: how strongly the reference holds, above 0; 1 / eta in the paper (unconfirmed).

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> SPPOHard(beta=0.5)(tensor([[0.0, 0.0]]), row, tensor([0]))    # 1 / (2 beta^2)
tensor([2.])
"""

from typing import Annotated

from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class SPPOHard(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta

    def of(self, pairs: Pairs) -> Tensor:
        winner, loser = pairs.ratios
        half = 1 / (2 * self.beta)
        return (winner - half).square() + (loser + half).square()
