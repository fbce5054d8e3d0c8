"""Direct preference optimization (Rafailov et al., NeurIPS 2023, arXiv:2305.18290), also with pairs that may be wrong.

    h = log pi(w)/pi(l) - log ref(w)/ref(l)
    plain    L = -log sigmoid(beta h)
    smoothed L = -(1 - e) log sigmoid(beta h) - e log sigmoid(-beta h)
    robust   L = (-(1 - e) log sigmoid(beta h) + e log sigmoid(-beta h)) / (1 - 2 e)

smoothed is conservative DPO (Mitchell, 2023), robust is unbiased where a share e of pairs is the wrong way round
(Chowdhury, Kini and Natarajan, ICML 2024, arXiv:2403.00409). At e = 0 both are plain. With all pairs and the right
winners' probabilities its minimum is the policy ref e^(r / beta) / Z.

Args:
    beta: how strongly the reference holds, above 0.
    flips: e, in [0, 0.5).
    form: smoothed or robust; of no flips they are one.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[0.5, 0.5], *[0.0, 0.0], *[1.0, 1.0], *[1.0, 1.0], *[0.5, 0.5]]])    # 2 responses
>>> DPO(beta=0.1, flips=0.0, form="smoothed")(tensor([[0.0, 0.0]]), row, tensor([0]))    # log 2
tensor([0.6931])
"""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class DPO(OfPairs):
    fits = ("preference",)

    def __init__(
        self,
        *,
        beta: Annotated[float, "(0, inf)"],
        flips: Annotated[float, "[0, 0.5)"],
        form: Literal["smoothed", "robust"],
    ):
        super().__init__()
        self.beta = beta
        self.flips = flips
        self.form = form

    def of(self, pairs: Pairs) -> Tensor:
        h = self.beta * pairs.gap
        right, wrong = -F.logsigmoid(h), -F.logsigmoid(-h)
        if self.form == "robust":
            return ((1 - self.flips) * right - self.flips * wrong) / (1 - 2 * self.flips)
        return (1 - self.flips) * right + self.flips * wrong
