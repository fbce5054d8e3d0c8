"""The axis of seeds, of parameters, gradients and states as a stack has them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SeedAxis:
    """Sums and norms of each seed's own numbers, whether a stack has one seed or more.

    A tensor of a stack of S > 1 begins with S, one of a single seed does not.

    Attributes:
        size: S.
    """

    size: int

    def of(self, tensor: Tensor) -> Tensor:
        """The tensor (S, ...), of a single seed too.

        >>> SeedAxis(1).of(torch.zeros(3, 2)).shape, SeedAxis(3).of(torch.zeros(3, 2)).shape
        (torch.Size([1, 3, 2]), torch.Size([3, 2]))
        """
        return tensor[None] if self.size == 1 else tensor

    def matrices(self, tensor: Tensor) -> Tensor:
        """Weights as (S, out, in), of a convolution as (S, out, in * height * width): a view where that can be.

        >>> SeedAxis(1).matrices(torch.zeros(5, 2)).shape, SeedAxis(3).matrices(torch.zeros(3, 2, 5)).shape
        (torch.Size([1, 5, 2]), torch.Size([3, 5, 2]))
        """
        stacked = self.of(tensor)
        if stacked.dim() == 3 and self.size > 1:
            return stacked.mT  # a stack keeps them transposed
        return stacked.flatten(2)

    def placed(self, matrices: Tensor, like: Tensor) -> Tensor:
        """The reverse of `matrices`: (S, out, in * ...) in the shape of the weights `like`.

        >>> axis, weights = SeedAxis(3), torch.rand(3, 2, 5)
        >>> torch.equal(axis.placed(axis.matrices(weights), weights), weights)
        True
        """
        stacked = self.of(like)
        transposed = stacked.dim() == 3 and self.size > 1
        return (matrices.mT if transposed else matrices).reshape(like.shape)

    def normal(self, like: Tensor, streams: Sequence[torch.Generator]) -> Tensor:
        """Standard normal numbers in the shape of `like`, those of each seed from its own stream on the CPU: a seed
        draws the same in any company.

        >>> streams = [torch.Generator().manual_seed(seed) for seed in range(3)]
        >>> SeedAxis(3).normal(torch.zeros(3, 2, 5), streams).shape
        torch.Size([3, 2, 5])
        """
        shape = self.matrices(like).shape[1:] if self.dim(like) == 2 else self.of(like).shape[1:]
        drawn = torch.stack([torch.randn(shape, generator=stream) for stream in streams]).to(like)
        return self.placed(drawn, like)

    def dim(self, tensor: Tensor) -> int:
        """How many axes it has without that of seeds."""
        return tensor.dim() - (self.size > 1)

    def norm(self, tensors: Sequence[Tensor]) -> Tensor:
        """(S,) Euclidean, over all tensors together."""
        return torch.stack([self.of(t).reshape(self.size, -1).norm(dim=1) for t in tensors]).norm(dim=0)

    def dot(self, first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
        """(S,) the inner product, over all tensors together."""
        pairs = zip(first, second, strict=True)
        return torch.stack([(self.of(a) * self.of(b)).reshape(self.size, -1).sum(1) for a, b in pairs]).sum(0)

    def wide(self, factor: Tensor, tensor: Tensor) -> Tensor:
        """A factor (S,), of a shape that multiplies each seed's numbers in a tensor by its own.

        >>> SeedAxis(3).wide(torch.ones(3), torch.zeros(3, 2, 5)).shape
        torch.Size([3, 1, 1])
        """
        return factor.view([1] * tensor.dim() if self.size == 1 else [-1] + [1] * (tensor.dim() - 1))
