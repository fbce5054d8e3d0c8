"""The last layer: from features (B, D) to logits (B, K)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def make_head(kind: str, dim: int, num_outputs: int) -> nn.Module:
    """linear: an affine map. cosine: CosineHead. equiangular: EquiangularHead."""
    heads = {"linear": nn.Linear, "cosine": CosineHead, "equiangular": EquiangularHead}
    return heads[kind](dim, num_outputs)


class CosineHead(nn.Module):
    """Cosines in [-1, 1] between the features and one learned vector a class, as LDAM and circle loss want them.

    The vectors start at norm 1 in random directions: uniform in a cube, brought to the sphere, as in the released code
    of LDAM (kaidic/LDAM-DRW, NormedLinear). A gradient turns a vector by an angle that falls with the vector's norm.
    """

    def __init__(self, dim: int, num_outputs: int):
        super().__init__()
        self.weight = nn.Parameter(F.normalize(nn.init.uniform_(torch.empty(num_outputs, dim), -1, 1), dim=-1))

    def forward(self, features: Tensor) -> Tensor:
        return F.linear(F.normalize(features, dim=-1), F.normalize(self.weight, dim=-1))


class EquiangularHead(nn.Module):
    """Cosines between the features and fixed class vectors (Shen, Sun and Wei, "Equiangular Basis Vectors", CVPR 2023).

    The vectors are not trained. Where D >= K they are orthonormal, an exact solution of the paper's search for vectors
    whose cosines stay below a threshold; a random orthonormal set comes from the stream of the initial weights.

    Raises:
        ValueError: D < K, for which the paper's search would be needed.
    """

    def __init__(self, dim: int, num_outputs: int):
        super().__init__()
        if dim < num_outputs:
            raise ValueError(f"head=equiangular needs as many features as classes: {num_outputs}, not {dim}")
        self.vectors: Tensor
        self.register_buffer("vectors", nn.init.orthogonal_(torch.empty(num_outputs, dim)))

    def forward(self, features: Tensor) -> Tensor:
        return F.linear(F.normalize(features, dim=-1), self.vectors)
