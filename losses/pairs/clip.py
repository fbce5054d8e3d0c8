"""Symmetric InfoNCE of two sides, the loss of CLIP (Radford et al., "Learning Transferable Visual Models From Natural
Language Supervision", ICML 2021, arXiv:2103.00020), the image-text contrast of ALBEF (Li et al., NeurIPS 2021).

    L_i = -1/2 log softmax_j(s_ij)_i - 1/2 log softmax_j(s_ji)_i,    s_ij = cos(z_i, z'_j) / t

z_i is the embedding of one side of example i, z'_i that of the other. Each side is told from the other sides of the
batch alone, where NT-Xent also tells it from its own. The papers learn t; here it is fixed.

Args:
    temperature: t, above 0. The papers begin at 0.07.

>>> from torch import eye, ones, tensor
>>> loss, index = CLIP(temperature=0.5), tensor([0, 1])
>>> loss(eye(2), eye(2), index)    # cosines 1 and 0: log(1 + exp(-2))
tensor([0.1269, 0.1269])
>>> loss(ones(2, 2), ones(2, 2), index)    # all alike: log 2
tensor([0.6931, 0.6931])
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from losses.pairs._contrast import cosines


class CLIP(nn.Module):
    fits = ("any",)
    kind = "pair"

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.temperature = temperature

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> losses (B,)."""
        similarity = cosines(one, other) / self.temperature
        own = torch.arange(len(one), device=one.device)
        there, back = (F.cross_entropy(rows, own, reduction="none") for rows in (similarity, similarity.mT))
        return (there + back) / 2
