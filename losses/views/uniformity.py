"""Alignment of two views and uniformity of embeddings on the sphere (Wang and Isola, "Understanding Contrastive
Representation Learning through Alignment and Uniformity on the Hypersphere", ICML 2020, arXiv:2005.10242).

    L = mean_i |z_i - z'_i|^2 + weight (U(z) + U(z')) / 2
    U(z) = log mean_{i<j} exp(-t |z_i - z_j|^2)

z_i and z'_i are embeddings of two views of example i, each divided by its length. The paper has powers of the first
distance other than 2, too. t = 1 and weight = 2 are the common term of SepCLR's released code.

Args:
    weight: of uniformity, at least 0; the paper's 1.
    sharpness: t, above 0; the paper's 2.

>>> from torch import tensor
>>> loss, index = Uniformity(weight=1.0, sharpness=2.0), tensor([0, 1])
>>> ends = tensor([[1.0, 0.0], [-3.0, 0.0]])
>>> loss(ends, ends, index)    # at the sphere's ends, |z_1 - z_2|^2 = 4: log exp(-8)
tensor(-8.)
>>> loss(0 * ends + 1, 0 * ends + 1, index).abs() < 1e-6    # collapsed: nothing is apart
tensor(True)
"""

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import normalize

from losses.views._spread import uniformity


class Uniformity(nn.Module):
    fits = ("any",)
    kind = "views"

    def __init__(self, *, weight: Annotated[float, "[0, inf)"], sharpness: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.weight = weight
        self.sharpness = sharpness

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> ()."""
        one, other = (normalize(z, dim=1) for z in (one, other))
        spread = (uniformity(one, self.sharpness) + uniformity(other, self.sharpness)) / 2
        return (one - other).square().sum(1).mean() + self.weight * spread
