"""Equiangular basis vectors (Shen, Sun and Wei, CVPR 2023).

    L(s, y) = -log softmax(s / temperature)_y

s are cosines between the features and one fixed unit vector a class; the vectors come from model.head=equiangular
(runner/parts/models/heads.py), and this is what is trained against them. The last layer has nothing to learn, and no
class can take more room than another. With model.head=cosine it is the normalised softmax with learned vectors.

Args:
    temperature: above 0. The released code's 0.07 throughout.

The official ImageNet run also smooths the labels by 0.1; this does not.

>>> from torch import tensor, zeros
>>> EBV(temperature=0.5)(tensor([[1.0, 0.0]]), tensor([0]), tensor([0]))    # log(1 + exp(-1 / 0.5))
tensor([0.1269])
>>> EBV(temperature=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # temperature = 1 is cross-entropy: log 10
tensor([2.3026])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class EBV(nn.Module):
    heads = ("equiangular", "cosine")

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.temperature = temperature

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        return F.cross_entropy(logits / self.temperature, labels, reduction="none")
