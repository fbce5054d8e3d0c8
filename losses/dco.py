"""Direct coverage optimisation, the pass@N loss (Chen et al., 2025, arXiv:2502.07154).

    L(z, y) = -log(1 - (1 - p_y)^n),    p = softmax(z)

The negative log-probability that at least one of n draws from the prediction is right. Once n
draws would find the right class anyway, the loss does not reward further confidence. For small p_y it is cross-entropy
minus log n.

The released code minimises factor * -log p_y with the factor held constant: another value, and the same gradient up
to the series that it uses where n * p_y < 0.1. Here it is the loss itself, in log space.

Args:
    n: draws, from 1 to a million. The paper's 1, 16, 64, 256 and more, for whole answers of a language model. A
        classifier's p_y is larger: with ten classes and n = 1000 the uniform prediction already has no gradient.

>>> from torch import tensor, zeros
>>> DCO(n=2)(zeros(1, 10), tensor([3]), tensor([0]))    # -log(1 - 0.9^2)
tensor([1.6607])
>>> DCO(n=1)(zeros(1, 10), tensor([3]), tensor([0]))    # n = 1 is cross-entropy: log 10
tensor([2.3026])
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RARE = 30.0  # -log p_y from which p_y is small enough for two terms of the series


class DCO(nn.Module):
    def __init__(self, *, n: Annotated[int, "[1, 1000000]"]):
        super().__init__()
        self.n = n

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        series = nll - math.log(self.n) + (self.n - 1) / 2 * (-nll).exp()
        # log(1 - p_y): near p_y = 1 from the other logits, elsewhere from p_y, each where it does not cancel;
        # every branch is clamped to where it is used, so that the branch not taken has a finite gradient
        others = logits.masked_fill(F.one_hot(labels, logits.shape[-1]).bool(), -torch.inf).logsumexp(-1)
        p = (-nll.clamp(max=RARE)).exp()
        log_miss = torch.where(p < 0.5, (-p.clamp(max=0.5)).log1p(), others - logits.logsumexp(-1))
        miss = self.n * log_miss
        half = -math.log(2)
        found = torch.where(miss > half, (-miss.clamp(min=half).expm1()).log(), (-miss.clamp(max=half).exp()).log1p())
        return torch.where(nll > RARE, series, -found)
