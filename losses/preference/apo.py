"""Anchored preference optimization (D'Oosterlinck et al., TACL 2025, arXiv:2408.06266).

    a = beta log pi(w)/ref(w),    b = beta log pi(l)/ref(l)
    zero  L = 1 - sigmoid(a) + sigmoid(b)
    down  L = sigmoid(a) + 1 - sigmoid(a - b)

zero raises winners and lowers losers: for policies that are worse than the winners. down lowers both, and losers more:
for policies that are better than the winners.

Args:
    beta: how strongly the reference holds, above 0.
    form: zero or down.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> APO(beta=0.1, form="zero")(tensor([[0.0, 0.0]]), row, tensor([0]))
tensor([1.])
"""

from typing import Annotated, Literal

from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class APO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], form: Literal["zero", "down"]):
        super().__init__()
        self.beta = beta
        self.form = form

    def of(self, pairs: Pairs) -> Tensor:
        winner, loser = (self.beta * ratio for ratio in pairs.ratios)
        if self.form == "zero":
            return (-winner).sigmoid() + loser.sigmoid()
        return winner.sigmoid() + (loser - winner).sigmoid()
