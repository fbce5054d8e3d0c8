"""Smooth-AP (Brown, Xie, Kalogeiton and Zisserman, "Smooth-AP: Smoothing the Path Towards Large-Scale Image Retrieval",
ECCV 2020, arXiv:2007.12163): one minus a smooth average precision.

    AP_i = 1/|P_i| sum_{p in P_i} rank(p among P_i) / rank(p among all)
    rank(p among A) = 1 + sum_{j in A, j != p} sigmoid((s_ij - s_ip) / t),    L = 1 - mean_i AP_i

P_i are the examples of i's class, itself among them, as in the released code, so that an example finds itself first;
s is the cosine of two embeddings.

Args:
    temperature: t, above 0; the paper's 0.01.

>>> from torch import eye, tensor
>>> labels = tensor([0, 0, 1, 1])
>>> round(SmoothAP(temperature=0.01)(eye(2)[labels], labels, labels).item(), 4)    # a tie between two of one class
0.0
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, itself


class SmoothAP(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.temperature = temperature

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        alike = cosines(embeddings)
        before = ((alike[:, None] - alike[:, :, None]) / self.temperature).sigmoid()  # (i, p, j): is j before p?
        before = before.masked_fill(itself(labels), 0.0)
        own = labels[:, None] == labels
        rank, among_own = 1 + before.sum(2), 1 + before.where(own[:, None], 0.0).sum(2)
        precision = (among_own / rank).where(own, 0.0).sum(1) / own.sum(1)
        return 1 - precision.mean()
