"""Log-determinants of a batch's classes (Majee et al., "SMILe: Leveraging Submodular Mutual Information For Robust
Few-Shot Object Detection", ECCV 2024; the combinatorial losses of their SCoRe, arXiv:2310.00165), as released
(amajee11us/SMILe-FSOD, commit 09e6604), without its weights by overlap of boxes.

    sum_c log det(S_c + jitter I) - log det(S + jitter I)

S are the cosines of all embeddings, S_c those within class c: at least 0, and 0 where classes are orthogonal. A class
fills few directions, and classes fill different ones. It is of the whole batch, and grows with its size.

Args:
    jitter: above 0; the released code's 0.5.

>>> from torch import eye, tensor
>>> labels = tensor([0, 0, 1, 1])
>>> loss = LogDet(jitter=0.5)
>>> round(loss(eye(2)[labels], labels, labels).item(), 4)    # orthogonal classes
0.0
>>> round(loss(eye(2)[[0] * 4], labels, labels).item(), 4)    # all alike: 2 log(0.5 2.5) - log(0.5^3 4.5)
1.0217
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from losses.embeddings._pairs import cosines, other_class


class LogDet(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, jitter: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.jitter = jitter

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        alike = cosines(embeddings)
        jitter = self.jitter * torch.eye(len(labels), dtype=alike.dtype, device=alike.device)
        within = alike.masked_fill(other_class(labels), 0.0)  # its determinant is the product of those of classes
        difference: Tensor = torch.logdet(within + jitter) - torch.logdet(alike + jitter)
        return difference
