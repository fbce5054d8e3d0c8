"""The expected reward with a divergence from the reference, exact: what reinforcement from preferences is to maximise.

    L = -sum of pi r + beta KL(pi, ref)

It looks at the true reward r of all K responses. Its minimum is the policy ref e^(r / beta) / Z, where L is
-beta log Z.

Args:
    beta: weight of the divergence, above 0.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[1.0, 0.0], *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])
>>> KLReward(beta=0.1)(tensor([[0.0, 0.0]]), row, tensor([0]))    # less the mean reward
tensor([-0.5000])
"""

from typing import Annotated

from torch import Tensor

from losses.preference._groups import divergence
from losses.preference._rows import OfResponses, log_policy, rows_of


class KLReward(OfResponses):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,) -> losses (B,)."""
        rows = rows_of(target)
        policy = log_policy(predictions, rows.reference)
        return self.beta * divergence(policy, rows.reference) - (policy.exp() * rows.reward).sum(-1)
