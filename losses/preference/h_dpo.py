"""DPO with control of entropy (Omura, Fujita and Kataoka, "Entropy Controllable Direct Preference Optimization", 2024,
arXiv:2411.07595).

    L = -log sigmoid(beta (alpha log pi(w)/pi(l) - log ref(w)/ref(l)))

alpha = 1 is DPO. With all pairs and the right winners' probabilities its minimum is the policy
ref^(1 / alpha) e^(r / (alpha beta)) / Z: an alpha below 1 makes it sharper.

Args:
    beta: how strongly the reference holds, above 0.
    alpha: above 0; the paper's is 0.8 to 1.2 (unconfirmed).

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> HDPO(beta=0.1, alpha=0.9)(tensor([[0.0, 0.0]]), row, tensor([0]))    # log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class HDPO(OfPairs):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], alpha: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta
        self.alpha = alpha

    def of(self, pairs: Pairs) -> Tensor:
        policy, reference = pairs.policy_winner - pairs.policy_loser, pairs.reference_winner - pairs.reference_loser
        return -F.logsigmoid(self.beta * (self.alpha * policy - reference))
