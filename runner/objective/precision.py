"""In which numbers a network computes; an objective always gets and gives float32."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from runner.contracts.model import Model
from runner.objective.objective import Objective


def computing_in(precision: str, objective: Objective) -> Objective:
    """The objective, its networks' products in `precision`, "float32" or "bf16"; their parameters stay float32."""
    if precision == "bf16":
        wrapped: dict[nn.Module, BF16] = {}  # what two parts share stays one
        for module in list(objective.modules()):
            for name, child in module.named_children():
                if isinstance(child, Model):
                    wrapped[child] = wrapped.get(child) or BF16(child)
                    setattr(module, name, wrapped[child])
    return objective


class BF16(nn.Module):
    """A network under autocast: matrix products and convolutions in bfloat16, outputs in float32.

    Args:
        network: in float32.
    """

    def __init__(self, network: Model):
        super().__init__()
        self.network = network
        self.body = nn.Sequential(*(_Autocast(part) for part in self.network.body))
        self.head = _Autocast(self.network.head)
        for module in network.modules():
            if isinstance(module, _BatchNorm):
                module.register_forward_pre_hook(_as_a_cpu_can)

    def features(self, x: Tensor) -> Tensor:
        with _autocast(x):
            return self.network.features(x).float()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def _as_a_cpu_can(module: nn.Module, args: tuple[Tensor]) -> tuple[Tensor]:
    """Inputs of BatchNorm: under vmap its kernel for CPUs takes no bfloat16 beside float32 statistics."""
    return tuple(x.float() if x.device.type == "cpu" else x for x in args)  # type: ignore[return-value]


class _Autocast(nn.Module):
    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        with _autocast(x):
            return self.module(x).float()


def _autocast(x: Tensor) -> AbstractContextManager[Any]:
    if x.is_meta:
        return nullcontext()  # there is nothing to compute
    return torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False)  # a cast weight is of one step and seed
