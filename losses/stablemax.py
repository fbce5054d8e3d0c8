"""StableMax cross-entropy (Prieto et al., "Grokking at the Edge of Numerical Stability", ICLR 2025, arXiv:2501.04697).

    L(z, y) = -log(s(z_y) / sum_k s(z_k)),    s(x) = x + 1 for x >= 0,  1 / (1 - x) for x < 0

s grows like a line where softmax's exponential explodes, so that the gradient of fitted examples does not round to
zero. It is softmax of sign(z) * log(1 + |z|), which is how it is computed here, in the precision of the logits; the
released code divides in float64. A common shift of logits changes the loss.

>>> from torch import tensor, zeros
>>> StableMax()(tensor([[3.0, -1.0]]), tensor([0]), tensor([0]))    # s = 4 and 1/2: log(4.5 / 4)
tensor([0.1178])
>>> StableMax()(zeros(1, 10), tensor([3]), tensor([0]))    # logits all equal: log 10, as cross-entropy
tensor([2.3026])
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class StableMax(nn.Module):
    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        # not sign(z) * log1p(|z|), whose gradient at exactly 0 would come out as 0 instead of 1
        log_s = torch.where(logits >= 0, logits.clamp(min=0).log1p(), -(-logits).clamp(min=0).log1p())
        return F.cross_entropy(log_s, labels, reduction="none")
