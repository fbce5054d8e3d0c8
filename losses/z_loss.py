"""Z-loss (de Brebisson and Vincent, 2016, arXiv:1604.08859).

    L(z, y) = 1 / a * log(1 + exp(a * (b - s_y))),    s = (z - mean(z)) / std(z)

Mean and standard deviation (of the population) are over the K logits of one example: neither a common shift nor a
common scale of logits changes the loss, so that it cannot be lowered by mere confidence. s_y is at most sqrt(K - 1),
which bounds the loss from both sides. Not the z-loss of language models, logsumexp^2.

The standard deviation is floored at 1e-3, which matters only where all logits are nearly equal, as at a head that
starts at zero: the gradient, which grows with 1 / std, then stays finite. The released code adds 1e-12 to it.

Args:
    num_classes: K, given by the runner; at least 3, as two standardised logits are always -1 and 1.
    a: above 0, steepness.
    b: the standardised logit of the label at which the loss turns from a slope into a floor. The paper tunes a and b
        by task, with values that are unconfirmed; a = 1, b = 0 stand in the released timing example.

>>> from torch import tensor, zeros
>>> ZLoss(5, a=1.0, b=0.0)(tensor([[1.0, 0, 0, 0, 0]]), tensor([0]), tensor([0]))    # s_y = 2: log(1 + exp(-2))
tensor([0.1269])
>>> ZLoss(5, a=1.0, b=0.0)(zeros(1, 5), tensor([0]), tensor([0]))    # logits all equal, s = 0: log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class ZLoss(nn.Module):
    def __init__(self, num_classes: int, *, a: Annotated[float, "(0, inf)"], b: float):
        super().__init__()
        if num_classes < 3:
            raise ValueError(f"{num_classes} classes: two standardised logits are always -1 and 1; must be 3 or more")
        self.a = a
        self.b = b

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        centred = logits - logits.mean(-1, keepdim=True)
        # the floor is inside the root, whose slope at 0 is infinite
        std = centred.square().mean(-1).clamp(min=1e-6).sqrt()
        own = centred.gather(-1, labels[:, None])[:, 0] / std
        return F.softplus(self.a * (self.b - own)) / self.a
