"""Normalised temperature-scaled cross-entropy, NT-Xent, of SimCLR (Chen et al., "A Simple Framework for Contrastive
Learning of Visual Representations", ICML 2020, arXiv:2002.05709).

    L_i = (l(z_i, z'_i) + l(z'_i, z_i)) / 2
    l(z, z') = -log(exp(cos(z, z') / t) / sum over the other 2B - 1 embeddings w of the batch of exp(cos(z, w) / t))

z_i and z'_i are embeddings of two views of example i. The paper's loss of a batch is the mean of L_i. Of B examples
each is told from 2B - 2 others, so that the loss means another thing for another batch size.

Args:
    temperature: t, above 0. The paper's best on CIFAR-10 is 0.5 (its appendix B.9), on ImageNet 0.1.

>>> from torch import eye, ones, tensor
>>> loss, index = NTXent(temperature=0.5), tensor([0, 1])
>>> loss(eye(2), eye(2), index)    # cosines 1 with the other view and 0 with the rest: log(1 + 2 exp(-2))
tensor([0.2395, 0.2395])
>>> loss(ones(2, 2), ones(2, 2), index)    # all alike: log 3, whatever the temperature
tensor([1.0986, 1.0986])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn

from losses.pairs._contrast import contrasted


class NTXent(nn.Module):
    fits = ("any",)
    kind = "pair"

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.temperature = temperature

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> losses (B,)."""
        similarity, partner = contrasted(one, other, self.temperature)
        return F.cross_entropy(similarity, partner, reduction="none").view(2, -1).mean(0)
