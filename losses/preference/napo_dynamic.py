"""NaPO with its q by the batch (unconfirmed; github.com/zhangzef/NaPO, dpo_lq_dyn_loss).

    h = log pi(w)/pi(l) - log ref(w)/ref(l),    q = 2 (1 - sigmoid(alpha mean h)), within [0.001, 1]
    L = mean over pairs of (1 - sigmoid(beta h)^q) / q

q is held constant in the gradient. A policy that does not know the pairs yet has q = 1, the mean absolute error; the
better it knows them, the nearer the loss comes to DPO.

Args:
    beta: how strongly the reference holds, above 0.
    alpha: how fast q falls, above 0.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.6931] * 2, *[0.0] * 2, *[1.0] * 2, *[1.0] * 2, *[-0.6931] * 2]])    # 2 responses
>>> NaPODynamic(beta=0.1, alpha=0.5)(tensor([[0.0, 0.0]]), row, tensor([0]))    # q is 1
tensor(0.5000)
"""

from typing import Annotated

from torch import Tensor

from losses.preference._rows import OfResponses, Pairs, pairs_of
from losses.preference._truncated import truncated

LEAST = 0.001  # of q, which stands for 0


class NaPODynamic(OfResponses):
    fits = ("preference",)
    kind = "set"

    def __init__(self, *, beta: Annotated[float, "(0, inf)"], alpha: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.beta = beta
        self.alpha = alpha

    def forward(self, predictions: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """predictions (B, K), target (B, 3 + 5 K), index (B,) -> ()."""
        return self.of(pairs_of(predictions, target)).mean()

    def of(self, pairs: Pairs) -> Tensor:
        """Pairs, each (B,) -> losses (B,)."""
        q = (2 * (-self.alpha * pairs.gap.mean()).sigmoid()).clamp(LEAST, 1).detach()
        return truncated(self.beta * pairs.gap, q)
