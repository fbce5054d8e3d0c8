"""Products with few columns, which a CPU computes several times faster as their transposes."""

from typing import Any

import torch
from torch import Tensor, nn

FEW = 32  # from here on both ways take as long


class _Product(torch.autograd.Function):
    """x (B, D) and w (K, D) -> x w^T (B, K), and the gradients of both, each as the product whose rows are long.

    A matrix product fills vector registers along its rows. With K = 10 columns two in three lanes are idle.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, w: Tensor) -> Tensor:
        return (w @ x.mT).mT

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, Tensor]:
        x, w = ctx.saved_tensors
        return slopes[0] @ w, slopes[0].mT @ x


def widened(code: nn.Module) -> None:
    """Let the linear layers of a stack's code that have few outputs compute so, on a CPU."""
    for module in code.modules():
        if type(module) is nn.Linear and module.out_features < FEW:
            module.forward = _Linear(module)  # type: ignore[assignment,method-assign]


class _Linear:
    """A layer's forward. What has more than one axis of examples, or is cast to fewer bits, is left to torch."""

    def __init__(self, module: nn.Linear):
        self.module = module

    def __call__(self, x: Tensor) -> Tensor:
        weight, bias = self.module.weight, self.module.bias
        if x.dim() != 2 or torch.is_autocast_enabled(x.device.type):
            return nn.functional.linear(x, weight, bias)
        laid_out = torch.compiler.is_compiling()  # the compiler lays gradients out itself
        product = (weight @ x.mT).mT if laid_out else _Product.apply(x, weight)
        return product if bias is None else product + bias
