"""The ResNets of CIFAR: three stages of 16, 32 and 64 channels."""

from typing import Annotated, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, Norm, activation_of, after, check_images, convolution, norm_of


class ResNetCIFAR(Model):
    """He et al., CVPR 2016, Section 4.2: 6n + 2 layers, n blocks a stage, of which the second and third halve places.

    Shortcuts have no parameters (option A): places are taken by twos, new channels are zero. Weights are Kaiming-normal
    (fan in), linear layers too. Source of both: akamaster/pytorch_resnet_cifar10, whose blocks the released codes of
    LDAM and of many a long-tailed protocol have, with depth 32. Parameters for ten classes: 0.27 million of depth 20,
    0.46 of 32, 0.66 of 44, 0.85 of 56, 1.7 of 110.

    Args:
        input_shape: (C, H, W) of one example, H and W at least 4; given by the runner.
        num_outputs: H, given by the runner.
        depth: 6n + 2.
        width: channels of the first stage.
        norm, activation: see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images of at least 4x4.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        depth: Literal[20, 32, 44, 56, 110],
        width: Annotated[int, "[1, 1000000]"],
        norm: Norm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        check_images(input_shape, 4)
        blocks, kind = (depth - 2) // 6, (norm, activation)
        stem = nn.Sequential(convolution(input_shape[0], width, norm), *after(width, *kind))
        sizes = ((width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2))
        stages = [
            nn.Sequential(_Block(before, its, stride, *kind), *(_Block(its, its, 1, *kind) for _ in range(blocks - 1)))
            for before, its, stride in sizes
        ]
        self.body = nn.Sequential(stem, *stages, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
        self.head = make_head(head, 4 * width, num_outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)


class _Block(nn.Module):
    """Two convolutions, and the input added to what they give."""

    def __init__(self, fan_in: int, fan_out: int, stride: int, norm: str, activation: str):
        super().__init__()
        self.stride = stride
        self.more = fan_out - fan_in
        self.branch = nn.Sequential(
            convolution(fan_in, fan_out, norm, stride=stride),
            *after(fan_out, norm, activation),
            convolution(fan_out, fan_out, norm),
            norm_of(norm, fan_out),
        )
        self.last = nn.Identity() if norm.startswith("evonorm") else activation_of(activation)

    def forward(self, x: Tensor) -> Tensor:
        kept = x[:, :, :: self.stride, :: self.stride]
        kept = F.pad(kept, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        summed: Tensor = self.last(kept + self.branch(x))
        return summed
