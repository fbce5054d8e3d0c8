"""Energy confusion beside any loss of embeddings (Chen and Deng, "Energy Confused Adversarial Metric Learning for
Zero-Shot Image Retrieval and Clustering", AAAI 2019).

    base + weight log(mean over pairs of one class of d_ij^2 / 2  +  mean over pairs of two classes of d_ij^2 / 2)

d_ij is the distance of two embeddings scaled to length 1. The base tells classes apart, and the logarithm of the energy
draws all embeddings together, so that less of what is peculiar to the classes for training is learnt. The released
code (chenbinghui1/ECAML, commit decf048) reports the energy and has the gradient of its logarithm; it scales no
embedding and picks ten partners of each at random, where ours takes all pairs. Unconfirmed: that the paper means
pairs of one class too, as the released code does.

Args:
    base: the loss of embeddings; draws and state are its own.
    weight: at least 0; the released code's 0.13, for pictures of cars.

>>> from torch import eye, tensor, zeros
>>> loss, labels = ECAML(base=lambda z, y, i: zeros(()), weight=1.0), tensor([0, 0, 1, 1])
>>> loss(eye(4), labels, labels)    # all pairs have squared distance 2: log(1 + 1)
tensor(0.6931)
>>> loss(eye(2)[labels], labels, labels)    # log(0 + 1)
tensor(0.)
"""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from losses.embeddings._pairs import mean_over, other_class, same_class

LEAST = 1e-6  # energy, below which it is not drawn together further


class ECAML(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, base: nn.Module, weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.base = base
        self.weight = weight
        self.draws = dict(getattr(base, "draws", {}))

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,), the base's draws -> ()."""
        confusion = energy(normalize(embeddings, dim=1), labels).clamp(min=LEAST).log()
        base: Tensor = self.base(embeddings, labels, index, **drawn)
        return base + self.weight * confusion


def energy(points: Tensor, labels: Tensor) -> Tensor:
    """() of points (B, D) as they are: half of the mean squared distance within classes, and half of that between."""
    norms = points.square().sum(1)
    apart = (norms[:, None] + norms - 2 * points @ points.mT) / 2
    return torch.stack([mean_over(apart, among(labels)) for among in (same_class, other_class)]).sum()
