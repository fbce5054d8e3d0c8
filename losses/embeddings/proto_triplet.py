"""Proto-triplet loss: an embedding is nearer to the mean of its class than to the means of others, by a margin.

    mean_i  mean over other classes c of the batch of  [||z_i - p_own||^2 - ||z_i - p_c||^2 + m]_+

p_c is the mean of the batch's embeddings of class c, p_own that of the others of i's class, and all embeddings have
length 1. No released code is known: the sum over classes, the squares and the mean over them are unconfirmed, and the
margin is ours. Episodes of few-shot learning part a batch in labelled examples and others; here each example is asked
about once, with all others labelled. An example alone in its class is left out.

Args:
    num_classes: K, given by the runner.
    margin: m, above 0.

>>> from torch import eye, tensor
>>> loss, labels = ProtoTriplet(2, margin=1.0), tensor([0, 0, 1, 1])
>>> loss(eye(2)[labels], labels, labels)    # [0 - 2 + 1]_+
tensor(0.)
>>> loss(eye(2)[[0, 0, 0, 0]], labels, labels)    # all alike: the margin
tensor(1.)
>>> loss(eye(4), labels, labels)    # 2 to the other of the class, 1 + 1/2 to the mean of the other class
tensor(1.5000)
"""

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import normalize, one_hot

from losses.embeddings._pairs import mean_over


class ProtoTriplet(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, num_classes: int, *, margin: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.num_classes = num_classes
        self.margin = margin

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        unit = normalize(embeddings, dim=1)
        own = one_hot(labels, self.num_classes).to(unit.dtype)
        sums, sizes = own.mT @ unit, own.sum(0)
        means = sums / sizes.clamp(min=1)[:, None]
        others = (own @ sizes - 1)[:, None]  # of an example's class
        mean_of_others = (own @ sums - unit) / others.clamp(min=1)
        to_own, to_means = (unit - mean_of_others).square().sum(1), (unit[:, None] - means).square().sum(2)
        among = (own == 0) & (sizes > 0)
        hinges = broken(to_own, to_means, among, self.margin)
        return mean_over(hinges, (others[:, 0] > 0) & among.any(1))


def broken(to_own: Tensor, to_means: Tensor, among: Tensor, margin: float) -> Tensor:
    """(B,) by how much examples break the margin, the mean over the classes that `among` (B, K) names, from squared
    distances to the mean of their own class (B,) and to those of all (B, K)."""
    hinges = (to_own[:, None] - to_means + margin).clamp(min=0)
    return hinges.where(among, 0.0).sum(1) / among.sum(1).clamp(min=1)
