"""No augmentation."""

from collections.abc import Sequence

from torch import Generator, Tensor

from runner.contracts.training import Augmentation


class NoAugment(Augmentation):
    def __call__(self, x: Tensor, generators: Sequence[Generator]) -> Tensor:
        return x
