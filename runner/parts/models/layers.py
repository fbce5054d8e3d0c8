"""What stands after a layer: normalisation and activation, by name."""

import math
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from runner.parts.models.evonorm import EvoNormB0, EvoNormS0

Norm = Literal["none", "batch", "group", "layer", "evonorm_b0", "evonorm_s0"]
PlainNorm = Literal["none", "batch", "group", "layer"]
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "crrelu"]
GROUPS = 32  # of GroupNorm, Wu and He, ECCV 2018


class CRReLU(nn.Module):
    """relu(x) + e x exp(-x^2 / 2), e one trained number a layer, from 0.01; with e = 0 it is ReLU.

    Rong et al., "A Method on Searching Better Activation Functions", 2024, arXiv:2405.12954, and its released class.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epsilon = nn.Parameter(torch.tensor(0.01))

    def forward(self, x: Tensor) -> Tensor:
        return x.relu() + self.epsilon * x * (-x.square() / 2).exp()


ACTIVATIONS = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh,
    "crrelu": CRReLU,
}  # fmt: skip


def activation_of(name: str) -> nn.Module:
    """The activation that is called so, as torch has it; crrelu is CRReLU."""
    made: nn.Module = ACTIVATIONS[name]()
    return made


def norm_of(name: str, channels: int, *, maps: bool = True) -> nn.Module:
    """The normalisation of feature maps (B, C, H, W), or else of features (B, C), that is called so, without an
    activation.

    group has gcd(32, C) groups; layer is over channels and places, GroupNorm with one group. EvoNorm is one with its
    activation: here it stands where none follows, as after a sum.
    """
    kinds = {
        "none": nn.Identity,
        "batch": partial(nn.BatchNorm2d if maps else nn.BatchNorm1d, channels),
        "group": partial(nn.GroupNorm, math.gcd(GROUPS, channels), channels),
        "layer": partial(nn.GroupNorm, 1, channels),
        "evonorm_b0": partial(EvoNormB0, channels),
        "evonorm_s0": partial(EvoNormS0, channels),
    }
    return kinds[name]()


def after(channels: int, norm: str, activation: str, *, maps: bool = True) -> list[nn.Module]:
    """What follows a layer: a normalisation and an activation, or EvoNorm, which is both."""
    if norm.startswith("evonorm"):
        return [norm_of(norm, channels)]
    return [*([] if norm == "none" else [norm_of(norm, channels, maps=maps)]), activation_of(activation)]


def convolution(fan_in: int, fan_out: int, norm: str, *, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    """One that keeps places, but for its stride; with a bias where nothing normalises what it gives."""
    return nn.Conv2d(fan_in, fan_out, kernel, stride, padding=kernel // 2, bias=norm == "none")


def kaiming(network: nn.Module) -> None:
    """Kaiming-normal convolutions (fan out), no bias, as torchvision draws those of ResNets."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def check_images(input_shape: tuple[int, ...], least: int = 1) -> None:
    """Raise ValueError for inputs that are no images of at least `least` pixels on each side."""
    if len(input_shape) != 3 or min(input_shape[1:]) < least:
        size = f" of at least {least}x{least}" if least > 1 else ""
        raise ValueError(f"needs images{size} of shape (C, H, W), not inputs of shape {input_shape}")
