"""Contrastive loss of pairs (Hadsell, Chopra and LeCun, "Dimensionality Reduction by Learning an Invariant Mapping",
CVPR 2006), as pytorch-metric-learning has it.

    mean over pairs of one class, where above 0, of [d_ij - m+]_+  +  mean over pairs of two classes of [m- - d_ij]_+

d_ij is the distance of two embeddings scaled to length 1, between 0 and 2. The paper squares both terms and scales no
embedding; the package does not square, and takes each mean over the pairs that it is above 0 of.

Args:
    positive_margin: m+, how far apart two of one class may be, at least 0; the package's 0.
    negative_margin: m-, how far apart two of other classes are to be, above 0; the package's 1.

>>> from torch import tensor
>>> loss, index = Contrastive(positive_margin=0.0, negative_margin=1.0), tensor([0, 1, 2])
>>> points = tensor([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])
>>> loss(points, tensor([0, 0, 1]), index)    # the two of class 0 are sqrt(0.8) apart, and far enough from the third
tensor(0.8944)
>>> loss(points, tensor([0, 1, 1]), index)    # sqrt(3.2) + (1 - sqrt(0.8))
tensor(1.8944)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import distances, mean_above_zero, other_class, same_class


class Contrastive(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, positive_margin: Annotated[float, "[0, 2)"], negative_margin: Annotated[float, "(0, 2]"]):
        super().__init__()
        self.positive_margin = positive_margin
        self.negative_margin = negative_margin

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        apart = distances(embeddings)
        near = mean_above_zero(apart - self.positive_margin, same_class(labels))
        return near + mean_above_zero(self.negative_margin - apart, other_class(labels))
