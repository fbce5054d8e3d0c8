"""Vector-scaling loss (Kini et al., "Label-Imbalanced and Group-Sensitive Classification under Overparameterization",
NeurIPS 2021).

    L(z, y) = CE(z / Delta + tau * log prior, y),    Delta_k = (n_max / n_k)^gamma,    prior_k = n_k / sum_j n_j

n_k is the number of training examples with given label k. A shift of the logits acts early in training, but a network
that fits all of its training set ends up where it would without it; a factor on each class's logit still counts there.
The loss has both. tau = 0 is class-dependent temperature (CDT, Ye et al., 2020), gamma = 0 is logit adjustment. A class
without examples counts as one of one example.

Args:
    class_counts: n_k (K,), given by the runner.
    gamma: at least 0. The released code's 0.3; its example for CIFAR-10 at a ratio of 100 takes 0.2.
    tau: at least 0. The released code's 1; 1.2 in that example.

>>> from torch import tensor, zeros
>>> counts = tensor([4.0, 1.0])
>>> VS(counts, gamma=0.5, tau=1.0)(tensor([[0.0, 2.0]]), tensor([1]), tensor([0]))    # 2 / 4^0.5 = 1: log(1 + 4 / e)
tensor([0.9048])
>>> VS(counts, gamma=0.0, tau=0.0)(zeros(1, 2), tensor([1]), tensor([0]))    # both 0 are cross-entropy: log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class VS(nn.Module):
    factors: Tensor
    offsets: Tensor

    def __init__(self, class_counts: Tensor, *, gamma: Annotated[float, "[0, inf)"], tau: Annotated[float, "[0, inf)"]):
        super().__init__()
        counts = class_counts.double().clamp(min=1)
        self.register_buffer("factors", (counts / counts.max()) ** gamma)
        self.register_buffer("offsets", tau * (counts / counts.sum()).log())

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        adjusted = logits * self.factors.to(logits.dtype) + self.offsets.to(logits.dtype)
        return F.cross_entropy(adjusted, labels, reduction="none")
