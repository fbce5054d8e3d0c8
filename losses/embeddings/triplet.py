"""Triplet loss (Schroff, Kalenichenko and Philbin, "FaceNet: A Unified Embedding for Face Recognition and Clustering",
CVPR 2015), as pytorch-metric-learning has it.

    mean over triplets, where above 0, of [d_ap - d_an + m]_+

a and p are of one class, n of another, and d is the distance of two embeddings scaled to length 1; the paper squares
it. "all" takes every triplet of the batch, "semihard" those whose negative is farther than the positive, by less than
the margin. Those that the mean leaves out are those that already keep the margin.

Args:
    margin: m, above 0; the package's 0.05. The paper's is 0.2, of squared distances.
    mining: all or semihard.

>>> from torch import tensor
>>> points, labels = tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]), tensor([0, 0, 1])
>>> Triplet(margin=0.2, mining="all")(points, labels, labels)    # of the second: 0.8944 - 0.6325 + 0.2
tensor(0.4620)
>>> Triplet(margin=0.2, mining="semihard")(points, labels, labels)    # the first keeps the margin
tensor(0.)
"""

from typing import Annotated, Literal

from torch import Tensor, nn

from losses.embeddings._pairs import distances, mean_above_zero, other_class, same_class


class Triplet(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, margin: Annotated[float, "(0, inf)"], mining: Literal["all", "semihard"]):
        super().__init__()
        self.margin = margin
        self.mining = mining

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        apart = distances(embeddings)
        closer = apart[:, :, None] - apart[:, None]  # (anchor, positive, negative)
        among = same_class(labels)[:, :, None] & other_class(labels)[:, None]
        if self.mining == "semihard":
            among = among & (closer < 0)
        return mean_above_zero(closer + self.margin, among)
