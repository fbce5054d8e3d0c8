"""A loss of pairs that a language model found, DiscoPOP (Lu et al., NeurIPS 2024, arXiv:2406.08414, unconfirmed).

    h = log pi(w)/pi(l) - log ref(w)/ref(l),    m = sigmoid(beta h / tau)
    L = -(1 - m) log sigmoid(beta h) + m e^(-beta h)

It is the logistic loss where h is below 0 and an exponential one above; between them it is not convex.

Args:
    beta: how strongly the reference holds, above 0.
    tau: width of the change from one to the other, in (0, 1]; beyond 1 the loss would grow without end below 0.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> DiscoPOP(beta=0.1, tau=0.05)(tensor([[0.0, 0.0]]), row, tensor([0]))    # (log 2 + 1) / 2
tensor([0.8466])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class DiscoPOP(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], tau: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.beta = beta
        self.tau = tau

    def of(self, pairs: Pairs) -> Tensor:
        h = self.beta * pairs.gap
        exponential = (F.logsigmoid(h / self.tau) - h).exp()  # m e^-h, which cannot overflow
        return exponential - (-h / self.tau).sigmoid() * F.logsigmoid(h)
