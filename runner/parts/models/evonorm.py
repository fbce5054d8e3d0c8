"""Normalisation and activation in one, found by search: Liu et al., NeurIPS 2020, arXiv:2004.02967.

    B0  y = x / max(sqrt(var_BHW(x) + eps), v x + sqrt(var_HW(x) + eps)) * g + b
    S0  y = x sigmoid(v x) / sqrt(var_group(x) + eps) * g + b

v, g and b are one number a channel; v and g start at 1, b at 0. B0 has running statistics of the variance over the
batch, as BatchNorm has them: unbiased, with momentum 0.1. S0's groups are GroupNorm's, and it does not know the batch.
eps is the paper's 1e-5; timm's B0 has 1e-3. Where a block ends in a sum, they are applied in its last place without a
further activation (from memory of the paper, unconfirmed).
"""

import math

import torch
from torch import Tensor, nn

EPS = 1e-5
MOMENTUM = 0.1
GROUPS = 32


class _EvoNorm(nn.Module):
    """Attributes: weight, bias, v: (C,)."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.v = nn.Parameter(torch.ones(channels))

    def scaled(self, x: Tensor) -> Tensor:
        """g x + b, of maps (B, C, H, W)."""
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class EvoNormB0(_EvoNorm):
    """Of maps (B, C, H, W); needs more than one number a channel in training."""

    def __init__(self, channels: int):
        super().__init__(channels)
        self.running_var: Tensor
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        batch = self.running_var
        if self.training:
            count = x.shape[0] * x.shape[2] * x.shape[3]
            batch = x.var((0, 2, 3), unbiased=False)
            unbiased = batch.detach() * (count / (count - 1))
            self.running_var.mul_(1 - MOMENTUM).add_(unbiased, alpha=MOMENTUM)
        own = (x.var((2, 3), unbiased=False, keepdim=True) + EPS).sqrt()
        over = torch.maximum((batch[:, None, None] + EPS).sqrt(), self.v[:, None, None] * x + own)
        return self.scaled(x / over)


class EvoNormS0(_EvoNorm):
    """Of maps (B, C, H, W)."""

    def __init__(self, channels: int, groups: int | None = None):
        super().__init__(channels)
        self.groups = groups or math.gcd(GROUPS, channels)

    def forward(self, x: Tensor) -> Tensor:
        grouped = x.unflatten(1, (self.groups, -1))
        over = (grouped.var((2, 3, 4), unbiased=False, keepdim=True) + EPS).sqrt().expand_as(grouped).flatten(1, 2)
        return self.scaled(x * torch.sigmoid(self.v[:, None, None] * x) / over)
