"""Binary cross-entropy: each label is a yes or no of its own.

    L(z, b) = mean over the known labels l of -b_l * log p_l - (1 - b_l) * log(1 - p_l),    p = sigmoid(z)

A label that is not known (-1) is left out, and the mean is over the others; an example of which nothing is known has
the loss 0. Of single positives alone the least loss is to call every label present: see assume_negative and em.

>>> from torch import tensor, zeros
>>> loss = BCE()
>>> loss(zeros(1, 3), tensor([[1.0, 0.0, 1.0]]), tensor([0]))    # log 2 each
tensor([0.6931])
>>> loss(tensor([[1.0, 5.0]]), tensor([[1.0, -1.0]]), tensor([0]))    # the second is not known: log(1 + exp(-1))
tensor([0.3133])
"""

import torch.nn.functional as F
from torch import Tensor, nn

from losses.multilabel._known import mean_of_known, present


class BCE(nn.Module):
    fits = ("multilabel",)

    def forward(self, logits: Tensor, bits: Tensor, index: Tensor) -> Tensor:
        """logits (B, L), bits (B, L) of 1, 0 and -1, index (B,) -> losses (B,)."""
        losses = F.binary_cross_entropy_with_logits(logits, present(logits, bits), reduction="none")
        return mean_of_known(losses, bits)
