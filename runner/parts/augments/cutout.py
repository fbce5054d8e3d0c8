"""Cutout (DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017)."""

import torch
from torch import Generator, Tensor

from runner.parts.rectangle import rectangle


class Cutout:
    """One hole an image, its centre anywhere in it, so that what lies outside is clipped.

    The paper's hole is 16x16 of CIFAR-10's 32x32 and 8x8 on CIFAR-100. It is filled with 0 there after normalisation,
    the mean colour; here before it, black.

    Args:
        height: H.
        width: W.
        share: of H and W that the hole has, rounded to whole pixels.
    """

    def __init__(self, height: int, width: int, share: float):
        self.sides = (height, width)
        self.hole = torch.tensor([round(share * side) for side in self.sides])

    def draw(self, n: int, generator: Generator) -> Tensor:
        """(n, 2) int64: row and column of the hole's centre; of an even one, of the pixel after it."""
        return torch.stack([torch.randint(side, (n,), generator=generator) for side in self.sides], dim=1)

    def __call__(self, x: Tensor, drawn: Tensor) -> Tensor:
        first = (drawn - self.hole // 2).to(x.device)
        return x * ~rectangle(self.sides, first, first + self.hole.to(x.device))[:, None]
