"""Assume negative: labels that are not known count as absent (Cole et al., CVPR 2021, arXiv:2106.09708).

    L(z, b) = mean over all labels l of w_l * (-t_l * log p_l - (1 - t_l) * log(1 - p_l)),    p = sigmoid(z)
    t_l = 1 - smoothing where b_l = 1, else smoothing;    w_l = weight where b_l = -1, else 1

The usual baseline for single positives: most labels of an example are absent, but of those that are present all but one
are learnt as absent. In the paper, AN is weight 1, WAN weight 1 / (L - 1), so that all absent labels together weigh as
much as the one that is present, and AN-LS is smoothing above 0. The released code (repository
elijahcole/single-positive-multi-label) has log(p + 1e-5) in the place of log p, which is not done here.

Args:
    num_classes: L, given by the runner.
    weight: of labels that are not known, at least 0; null: 1 / (L - 1). 0 is binary cross-entropy, but for the mean,
        which is over all labels.
    smoothing: in [0, 0.5].

>>> from torch import tensor, zeros
>>> bits = tensor([[1.0, -1.0, -1.0]])
>>> AssumeNegative(3, weight=1.0, smoothing=0.0)(zeros(1, 3), bits, tensor([0]))    # log 2 each
tensor([0.6931])
>>> AssumeNegative(3, weight=None, smoothing=0.0)(zeros(1, 3), bits, tensor([0]))    # (1 + 1/2 + 1/2) log 2 / 3
tensor([0.4621])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AssumeNegative(nn.Module):
    fits = ("multilabel",)

    def __init__(
        self,
        num_classes: int,
        *,
        weight: Annotated[float, "[0, inf)"] | None,
        smoothing: Annotated[float, "[0, 0.5]"],
    ):
        super().__init__()
        self.weight = 1 / max(num_classes - 1, 1) if weight is None else weight
        self.smoothing = smoothing

    def forward(self, logits: Tensor, bits: Tensor, index: Tensor) -> Tensor:
        """logits (B, L), bits (B, L) of 1, 0 and -1, index (B,) -> losses (B,)."""
        target = self.smoothing + (1 - 2 * self.smoothing) * (bits > 0).to(logits.dtype)
        losses = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return torch.where(bits < 0, self.weight * losses, losses).mean(-1)
