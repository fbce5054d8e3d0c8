"""Pseudo-Huber distance of a point and what it is to be (Charbonnier et al., IEEE Transactions on Image Processing
1997; for consistency training Song and Dhariwal, "Improved Techniques for Training Consistency Models", ICLR 2024,
arXiv:2310.14189).

    L = sqrt(|f - t|^2 + c^2) - c,    |.|^2 the sum over D

Near t it is |f - t|^2 / (2 c), far away |f - t| - c.

Args:
    c: above 0, in units of a point; the paper's is 0.00054 sqrt(D), with D numbers of an example.

>>> from torch import tensor, zeros
>>> loss, index = PseudoHuber(c=4.0), tensor([0])
>>> loss(tensor([[3.0, 0.0]]), zeros(1, 2), index)    # sqrt(9 + 16) - 4
tensor([1.])
"""

from typing import Annotated

from torch import Tensor, nn


class PseudoHuber(nn.Module):
    fits = ("density",)
    kind = "recovered"

    def __init__(self, *, c: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.c = c

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        return ((prediction - target).square().sum(-1) + self.c**2).sqrt() - self.c
