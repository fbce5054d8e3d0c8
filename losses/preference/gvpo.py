"""Group variance policy optimization (arXiv:2504.19599, unconfirmed), on draws of the reference.

    R = beta (log pi(y) - log ref(y)),    L = 1/2 sum over k draws of ((R - mean R) - (r - mean r))^2 / (k - 1)

It looks at the true reward r of the responses that it draws. The released code divides by k - 1, and sums L over the
groups of a batch; here each row is a group, and the runner takes the mean, which is another learning rate. The formula
of the project's page has no k - 1. The released code holds mean R constant in the gradient; here it is not, and the
gradient is the same, for deviations from a mean add up to 0. At ref e^(r / beta) / Z the loss is 0.

Args:
    beta: how strongly the reference holds, above 0.
    group: k, how many responses are drawn for each row, at least 2.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[1.0, 0.0], *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])
>>> GVPO(beta=0.1, group=2)(tensor([[0.0, 0.0]]), row, tensor([0]), uniforms=tensor([[0.2, 0.7]]))
tensor([0.2500])
"""

from typing import Annotated

from torch import Tensor

from losses.preference._groups import OfGroups, drawn
from losses.preference._rows import log_policy, rows_of


class GVPO(OfGroups):
    fits = ("preference",)

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], group: Annotated[int, "[2, 1000]"]):
        super().__init__(group)
        self.beta = beta

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor, uniforms: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,), uniforms (B, k) -> losses (B,)."""
        rows = rows_of(target)
        places = drawn(rows.reference, uniforms)
        ratio = log_policy(predictions, rows.reference) - rows.reference
        return self.of(ratio.gather(-1, places), rows.reward.gather(-1, places))

    def of(self, ratio: Tensor, reward: Tensor) -> Tensor:
        """Log ratios and rewards (B, k) -> losses (B,)."""
        return (self.beta * ratio - reward).var(-1) / 2
