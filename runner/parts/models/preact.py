"""ResNets whose blocks normalise first: PreAct ResNet-18 and Wide ResNets."""

from typing import Annotated, Literal

from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, Norm, after, check_images, convolution, kaiming


class PreActResNet(Model):
    """ResNet-18 with pre-activation blocks, He et al., ECCV 2016, and the stem for small images: 11.2 million
    parameters.

    The network of DivideMix and many noisy-label protocols after it, whose released code has no normalisation after the
    last block; as in the paper there is one here.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        depth: 18.
        norm, activation: see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        depth: Literal[18],
        norm: Norm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        check_images(input_shape)
        self.body = _body(input_shape[0], 64, [64, 128, 256, 512], (depth - 2) // 8, norm, activation)
        self.head = make_head(head, 512, num_outputs)
        kaiming(self)


class WideResNet(Model):
    """Zagoruyko and Komodakis, BMVC 2016, arXiv:1605.07146: few layers of many channels, without dropout.

    Parameters for ten classes: 36.5 million of WRN-28-10, 1.5 of WRN-28-2.

    Args:
        input_shape: (C, H, W) of one example, H and W at least 4; given by the runner.
        num_outputs: H, given by the runner.
        depth: 6n + 4.
        width: times the channels 16, 32 and 64 of the three stages.
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
        depth: Literal[10, 16, 22, 28, 34, 40],
        width: Annotated[int, "[1, 1000000]"],
        norm: Norm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        check_images(input_shape, 4)
        self.body = _body(input_shape[0], 16, [16 * width, 32 * width, 64 * width], (depth - 4) // 6, norm, activation)
        self.head = make_head(head, 64 * width, num_outputs)
        kaiming(self)


def _body(channels: int, stem: int, widths: list[int], blocks: int, norm: str, activation: str) -> nn.Sequential:
    """A convolution, stages of blocks, of which all but the first halve places, and the mean over places."""
    stages = []
    for stage, (before, its) in enumerate(zip([stem, *widths], widths, strict=False)):
        first = _Block(before, its, 1 if stage == 0 else 2, norm, activation)
        stages.append(nn.Sequential(first, *(_Block(its, its, 1, norm, activation) for _ in range(blocks - 1))))
    end = nn.Sequential(*after(widths[-1], norm, activation), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(nn.Conv2d(channels, stem, 3, padding=1, bias=False), *stages, end)


class _Block(nn.Module):
    """Normalise, activate and convolve, twice; where places or channels change, the shortcut is a 1x1 convolution of
    the activated input."""

    def __init__(self, fan_in: int, fan_out: int, stride: int, norm: str, activation: str):
        super().__init__()
        self.first = nn.Sequential(*after(fan_in, norm, activation))
        self.rest = nn.Sequential(
            convolution(fan_in, fan_out, norm, stride=stride),
            *after(fan_out, norm, activation),
            nn.Conv2d(fan_out, fan_out, 3, padding=1, bias=False),
        )
        same = stride == 1 and fan_in == fan_out
        self.shortcut = None if same else nn.Conv2d(fan_in, fan_out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        active = self.first(x)
        kept: Tensor = x if self.shortcut is None else self.shortcut(active)
        return kept + self.rest(active)
