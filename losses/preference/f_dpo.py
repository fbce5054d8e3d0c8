"""DPO with another divergence from the reference (Wang et al., "Beyond Reverse KL", ICLR 2024, arXiv:2309.16240).

    L = -log sigmoid(beta (f'(u(w)) - f'(u(l)))),    u = pi / ref
    forward_kl f'(u) = -1 / u
    js         f'(u) = log(2 u / (1 + u))

Reverse KL, with f'(u) = log u + 1, is DPO. trl runs the same.

Args:
    beta: how strongly the reference holds, above 0.
    divergence: forward_kl or js.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> FDPO(beta=0.1, divergence="js")(tensor([[0.0, 0.0]]), row, tensor([0]))    # log 2
tensor([0.6931])
"""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs

LARGEST = 80.0  # nats below the reference, at which 1 / u is still a number of float32


class FDPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], divergence: Literal["forward_kl", "js"]):
        super().__init__()
        self.beta = beta
        self.divergence = divergence

    def of(self, pairs: Pairs) -> Tensor:
        winner, loser = pairs.ratios
        return -F.logsigmoid(self.beta * (self._slope(winner) - self._slope(loser)))

    def _slope(self, log_ratio: Tensor) -> Tensor:
        """f' of e^log_ratio, less what is the same for all."""
        if self.divergence == "forward_kl":
            return -(-log_ratio).clamp(max=LARGEST).exp()
        return log_ratio - F.softplus(log_ratio)
