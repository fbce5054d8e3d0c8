"""Odds ratio preference optimization (Hong, Lee and Thorne, EMNLP 2024, arXiv:2403.07691): a supervised term, and
the odds of winner and loser.

    p(y) = pi(y)^(1 / |y|),    odds(y) = p(y) / (1 - p(y))
    L = -log p(w) - beta log sigmoid(log odds(w) / odds(l))

Args:
    beta: weight of the odds ratio, the paper's lambda, at least 0; the paper's is 0.1.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> ORPO(beta=0.1)(tensor([[0.0, 0.0]]), row, tensor([0]))    # 1.1 log 2
tensor([0.7625])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs

CERTAIN = 1e-6  # nats that a log probability stays below 0: the odds of what is certain are infinite


class ORPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.beta = beta

    def of(self, pairs: Pairs) -> Tensor:
        winner, loser = pairs.policy_winner / pairs.length_winner, pairs.policy_loser / pairs.length_loser
        return -winner - self.beta * F.logsigmoid(_log_odds(winner) - _log_odds(loser))


def _log_odds(log_p: Tensor) -> Tensor:
    below = log_p.clamp(max=-CERTAIN)
    return below - torch.log(-torch.expm1(below))
