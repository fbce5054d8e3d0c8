"""The last layer: from features (B, D) to logits (B, K)."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Head = Literal["linear", "unbiased", "cosine", "equiangular", "checkered"]


def make_head(kind: str, dim: int, num_outputs: int) -> nn.Module:
    """linear: an affine map. unbiased: a linear one, without bias. cosine: CosineHead. equiangular: EquiangularHead.
    checkered: CheckeredHead."""
    heads: dict[str, Callable[[int, int], nn.Module]] = {
        "linear": nn.Linear,
        "unbiased": partial(nn.Linear, bias=False),
        "cosine": CosineHead,
        "equiangular": EquiangularHead,
        "checkered": CheckeredHead,
    }
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


class CheckeredHead(nn.Module):
    """log p of checkered regression (Achab, 2022): two softmaxes over the classes, whose class numbers are added.

        p_k = sum over i + j = k (mod K) of softmax(A x)_i softmax(B x)_j

    With two classes this is p = s s' + (1 - s)(1 - s'), s and s' sigmoids: exclusive-or is in reach of a linear map.
    The paper has M of them and a step of its own; this is its network with M = 2, trained as any other. The formula
    is that of the abstract. Logits are log p, so cross-entropy is the paper's loss.
    """

    def __init__(self, dim: int, num_outputs: int):
        super().__init__()
        self.both = nn.Linear(dim, 2 * num_outputs)
        places = (torch.arange(num_outputs)[:, None] - torch.arange(num_outputs)) % num_outputs
        self.places: Tensor
        self.register_buffer("places", places, persistent=False)  # (K, K): j of each k and i

    def forward(self, features: Tensor) -> Tensor:
        first, second = self.both(features).chunk(2, dim=-1)
        return checkered(first, second, self.places)


def checkered(first: Tensor, second: Tensor, places: Tensor) -> Tensor:
    """log p (B, K) of logits (B, K) and (B, K); `places` (K, K) has (k - i) mod K."""
    pairs = first.log_softmax(-1)[..., None, :] + second.log_softmax(-1)[..., places]
    return pairs.logsumexp(-1)
