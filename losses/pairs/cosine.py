"""Cosine of two views, the loss of BYOL and of SimSiam (Grill et al., "Bootstrap Your Own Latent", NeurIPS 2020,
arXiv:2006.07733; Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021, arXiv:2011.10566).

    L_i = 2 - 2 cos(z_i, z'_i) = |z_i / |z_i| - z'_i / |z'_i||^2

BYOL's as it is; SimSiam's -cos differs by a factor and a constant. Nothing in it repels: an embedding that is the same
for all is as good as any, and only how it is trained, with a predictor and a target that no gradient reaches, keeps
from it. So it is for method=byol and method=simsiam; with method=two_views it shows what collapses.

>>> from torch import tensor
>>> loss, index = Cosine(), tensor([0, 1])
>>> loss(tensor([[1.0, 0.0], [1.0, 0.0]]), tensor([[2.0, 0.0], [0.0, 3.0]]), index)
tensor([0., 2.])
"""

from torch import Tensor, nn
from torch.nn.functional import cosine_similarity


class Cosine(nn.Module):
    fits = ("any",)
    kind = "pair"

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> losses (B,)."""
        return 2 - 2 * cosine_similarity(one, other, dim=1)
