"""No augmentation."""

from collections.abc import Sequence

from torch import Generator, Tensor


class NoAugment:
    def __call__(self, x: Tensor, generators: Sequence[Generator]) -> Tensor:
        return x
