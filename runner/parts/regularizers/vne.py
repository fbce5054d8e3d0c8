"""Von Neumann entropy of the features (Kim et al., "VNE: An Effective Method for Improving Deep Representation by
Manipulating Eigenvalue Distribution", CVPR 2023, arXiv:2304.01434).

    penalty = -weight * S,    S = -sum over i of e_i * log e_i,    e the eigenvalues of Z^T Z / B

where Z are the batch's features (B, D), each row of length 1. The eigenvalues add up to 1. S is 0 where all features
have one direction, and log D where no direction is preferred; exp(S) is how many are in use. A positive weight spreads
the features, a negative one gathers them.

Args:
    weight: any number; the authors advise at most 0.5 either way, and batches of at least 32. They spread the features
        in meta-learning and self-supervision; which sign they gave domain generalisation is unconfirmed. 0: no penalty.

The eigenvalues are those of the smaller of Z^T Z and Z Z^T; the larger has only zeros besides. Eigenvalues that
are zero but for rounding are left out: their slope is infinite, but what they add to the gradient of Z has the limit 0.
The authors' code takes singular values, whose gradient is not finite where two are equal. A row of zeros stays one.

>>> from torch import eye, ones
>>> VNE(weight=1.0)(eye(4), eye(4), None)          # four directions: -log 4
tensor(-1.3863)
>>> VNE(weight=1.0)(ones(4, 3), eye(4), None).abs() < 1e-6    # one direction
tensor(True)
"""

import torch
from torch import Tensor

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class VNE(Regularizer):
    fits = ("any",)

    def __init__(self, *, weight: float):
        super().__init__()
        self.weight = weight

    def forward(self, features: Tensor, logits: Tensor, batch: Batch | None) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return -self.weight * entropy(features)


def entropy(features: Tensor) -> Tensor:
    """S of features (B, D), ()."""
    size = features.norm(dim=1, keepdim=True)
    z = features / torch.where(size > 0, size, 1)
    gram = z @ z.mT if len(z) < z.shape[1] else z.mT @ z
    e = torch.linalg.eigvalsh(gram / len(z))
    e = torch.where(e > len(e) * torch.finfo(e.dtype).eps, e, 1)  # 1 * log 1 is nothing
    return -(e * e.log()).sum()
