"""Supervised contrastive loss (Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, arXiv:2004.11362), its
L_out, of one view of each example.

    mean over i with others of its class of  -1/|P_i| sum_{p in P_i} log(exp(s_ip / t) / sum_{j != i} exp(s_ij / t))

P_i are the others of i's class in the batch, and s is the cosine of two embeddings. With two views of each example and
no classes it is NT-Xent.

Args:
    temperature: t, above 0; the paper's 0.1.

>>> from torch import eye, tensor
>>> loss, labels = SupCon(temperature=1.0), tensor([0, 0, 1, 1])
>>> loss(eye(4), labels, labels)    # all cosines 0: one of three
tensor(1.0986)
>>> loss(eye(2)[labels], labels, labels)    # 1 within a class, 0 between: log((e + 2) / e)
tensor(0.5514)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, itself, mean_over, same_class


class SupCon(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.temperature = temperature

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        others = (cosines(embeddings) / self.temperature).masked_fill(itself(labels), -float("inf"))
        positive = same_class(labels)
        logp = others.log_softmax(1).where(positive, 0.0)
        count = positive.sum(1)
        return mean_over(-logp.sum(1) / count.clamp(min=1), count > 0)
