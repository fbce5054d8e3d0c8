"""Trained networks that may change while they are tested: copies of a stack."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from runner.stack.stack import Stack

Familiar = Callable[[int, int], Iterator[tuple[Tensor, Tensor]]]  # see Adaptable.familiar


class AdaptableStack:
    """See runner.contracts.adaptation.Adaptable.

    Args:
        stack: of networks in evaluation mode; it is left as it is.
        prior: how many examples the running statistics count for.
        familiar: gives training examples.
    """

    def __init__(self, stack: Stack, prior: float, familiar: Familiar):
        self.trained = stack
        self.prior = prior
        self.familiar = familiar
        self.axis = stack.axis
        self.copies = stack.twin().eval()
        norms = {name: module for name, module in self.copies.code.named_modules() if isinstance(module, _BatchNorm)}
        for norm in norms.values():
            norm.forward = _OfBatch(norm, prior)  # type: ignore[assignment,method-assign]
        self.weights: Sequence[Tensor] = list(self.copies.parameters())
        self.affine: Sequence[Tensor] = self.copies.parameters_of(norms)

    def predict(self, x: Tensor) -> Tensor:
        return self.copies.predict(x, shared=False)

    def features(self, x: Tensor) -> Tensor:
        return self.copies.features(x, shared=False)

    def slopes(self, objective: Tensor, of: Sequence[Tensor]) -> Sequence[Tensor]:
        return torch.autograd.grad(objective.sum(), list(of), allow_unused=True, materialize_grads=True)

    def another(self) -> "AdaptableStack":
        return AdaptableStack(self.trained, self.prior, self.familiar)

    def source(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return self.trained.predict(x, shared=False)

    def restore(self) -> None:
        """Be as trained."""
        with torch.no_grad():
            for mine, its in zip(self.weights, self.trained.parameters(), strict=True):
                mine.copy_(its)


class _OfBatch:
    """A BatchNorm's forward with the statistics of the batch, mixed with the running ones: nothing is kept of it.

    The variance is the biased one, as in training.
    """

    def __init__(self, module: _BatchNorm, prior: float):
        self.module = module
        self.prior = prior

    def __call__(self, x: Tensor) -> Tensor:
        norm, over, wide = self.module, (0, *range(2, x.dim())), (1, -1, *[1] * (x.dim() - 2))
        mean, var = x.mean(over), x.var(over, correction=0)
        if self.prior and norm.running_mean is not None and norm.running_var is not None:
            share = len(x) / (len(x) + self.prior)
            mean, var = norm.running_mean.lerp(mean, share), norm.running_var.lerp(var, share)
        seen = (x - mean.view(wide)) * (var + norm.eps).rsqrt().view(wide)
        return seen if norm.weight is None else seen * norm.weight.view(wide) + norm.bias.view(wide)
