"""Binary cross-entropy that weighs the presence of a rare label more, as the pos_weight of torch's BCEWithLogitsLoss.

    L(z, b) = mean over the known labels l of -w_l * b_l * log p_l - (1 - b_l) * log(1 - p_l),    p = sigmoid(z)
    w_l = ((N - n_l) / n_l)^power

n_l is the number of training examples in which label l is given as present, N the number of all. With power = 1 the two
sides of a label weigh the same over the training set, which is what torch's documentation proposes. Where a label is
not known, it counts among the N - n_l. A label that is never given counts as given once, and one that is always given
as absent once.

Args:
    num_train: N, given by the runner.
    class_counts: n_l (L,), given by the runner.
    power: at least 0; 0 is binary cross-entropy, 1 balances the sides.

>>> from torch import tensor, zeros
>>> bits = tensor([[1.0, 0.0]])
>>> WeightedBCE(10, tensor([2.0, 5.0]), power=1.0)(zeros(1, 2), bits, tensor([0]))    # (4 log 2 + log 2) / 2
tensor([1.7329])
>>> WeightedBCE(10, tensor([2.0, 5.0]), power=0.0)(zeros(1, 2), bits, tensor([0]))    # log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn

from losses.multilabel._known import mean_of_known, present


class WeightedBCE(nn.Module):
    fits = ("multilabel",)
    weights: Tensor

    def __init__(self, num_train: int, class_counts: Tensor, *, power: Annotated[float, "[0, inf)"]):
        super().__init__()
        counts = class_counts.double()
        odds = (num_train - counts).clamp(min=1) / counts.clamp(min=1)
        self.register_buffer("weights", odds**power)

    def forward(self, logits: Tensor, bits: Tensor, index: Tensor) -> Tensor:
        """logits (B, L), bits (B, L) of 1, 0 and -1, index (B,) -> losses (B,)."""
        losses = F.binary_cross_entropy_with_logits(
            logits, present(logits, bits), pos_weight=self.weights.to(logits.dtype), reduction="none"
        )
        return mean_of_known(losses, bits)
