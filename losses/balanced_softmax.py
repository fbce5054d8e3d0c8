"""Balanced softmax (Ren et al., "Balanced Meta-Softmax for Long-Tailed Visual Recognition", NeurIPS 2020).

    L(z, y) = -log( n_y exp(z_y) / sum_k n_k exp(z_k) )

n_k is the number of training examples with given label k. The class sizes are put into the training softmax and left
out of the prediction, argmax z, which is then meant for test data with classes of equal size. It equals logit
adjustment with tau = 1. A class without examples counts as one of one example.

Args:
    class_counts: n_k (K,), given by the runner.

The paper's meta-learned sampler, which makes it BALMS, is not part of the loss.

>>> from torch import tensor, zeros
>>> BalancedSoftmax(tensor([3.0, 1.0]))(zeros(1, 2), tensor([1]), tensor([0]))    # -log(1 / (3 + 1)) = log 4
tensor([1.3863])
>>> BalancedSoftmax(tensor([7.0, 7.0]))(zeros(1, 2), tensor([1]), tensor([0]))    # equal sizes: cross-entropy, log 2
tensor([0.6931])
"""

import torch.nn.functional as F
from torch import Tensor, nn


class BalancedSoftmax(nn.Module):
    counts: Tensor

    def __init__(self, class_counts: Tensor):
        super().__init__()
        self.register_buffer("counts", class_counts.double().clamp(min=1))

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        return F.cross_entropy(logits + self.counts.log().to(logits.dtype), labels, reduction="none")
