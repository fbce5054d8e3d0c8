"""Label smoothing (Szegedy et al., CVPR 2016, arXiv:1512.00567).

    L(z, y) = -sum_k q_k log p_k,    q = (1 - epsilon) * onehot(y) + epsilon / K,    p = softmax(z)

Cross-entropy against a target that keeps some weight for every class, the label's own included, as in torch; some code
spreads epsilon over the K - 1 other classes, which is this loss at epsilon * K / (K - 1). Confidence beyond the target
costs, and a flipped label pulls less.

Args:
    epsilon: in [0, 1). The paper's 0.1 (ImageNet, quoted from memory, unconfirmed).
    kl: subtract the entropy of q, a constant, so that the loss is KL(q || p) and its smallest value 0, as in the
        released code of GJS (Englesson and Azizpour, NeurIPS 2021). The gradient is the same.

>>> from torch import tensor, zeros
>>> LabelSmoothing(epsilon=0.2, kl=False)(tensor([[0.0, 1.0]]), tensor([1]), tensor([0]))    # 0.3133 + 0.1 * (1 - 0)
tensor([0.4133])
>>> LabelSmoothing(epsilon=0.0, kl=False)(zeros(1, 10), tensor([3]), tensor([0]))    # epsilon = 0 is cross-entropy
tensor([2.3026])
"""

import math
from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class LabelSmoothing(nn.Module):
    def __init__(self, *, epsilon: Annotated[float, "[0, 1)"], kl: bool):
        super().__init__()
        self.epsilon = epsilon
        self.kl = kl

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        losses = F.cross_entropy(logits, labels, reduction="none", label_smoothing=self.epsilon)
        return losses - self._entropy(logits.shape[-1]) if self.kl else losses

    def _entropy(self, num_classes: int) -> float:
        other = self.epsilon / num_classes
        own = 1 - self.epsilon + other
        return -own * math.log(own) - (num_classes - 1) * other * math.log(other or 1)
