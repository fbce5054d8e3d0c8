"""The four-layer convolutional network of the MNIST noisy-label protocol."""

from typing import Annotated

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, PlainNorm, after, check_images, convolution


class CNN(Model):
    """conv32 - pool - conv64 - pool - linear128 - linear K; 3x3 convolutions, normalisation and activation after every
    layer but the last, Kaiming-uniform convolutions, Xavier-uniform linear layers.

    Source: the MNIST model of Ma et al., ICML 2020 (repository HanxunH/Active-Passive-Losses, model.py), whose layers
    before BatchNorm also have a bias, without effect on what the network computes.

    Args:
        input_shape: (C, H, W) of one example, H and W at least 4; given by the runner.
        num_outputs: H, given by the runner.
        width: channels of the first convolution; the protocol's is 32, all other layers follow in proportion.
        norm, activation: after every layer but the last; the protocol's are BatchNorm and ReLU.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images of at least 4x4.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        norm: PlainNorm,
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        check_images(input_shape, 4)
        channels, height, breadth = input_shape
        self.body = nn.Sequential(
            nn.Sequential(*layer(channels, width, norm, activation), nn.MaxPool2d(2)),
            nn.Sequential(*layer(width, 2 * width, norm, activation), nn.MaxPool2d(2)),
            last_layer(2 * width * (height // 4) * (breadth // 4), 4 * width, norm, activation),
        )
        self.head = make_head(head, 4 * width, num_outputs)
        initialise(self)


def initialise(network: nn.Module) -> None:
    """Draw the protocol's initial weights: Kaiming-uniform convolutions, Xavier-uniform linear layers."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)


def layer(channels_in: int, channels_out: int, norm: str, activation: str) -> list[nn.Module]:
    """A 3x3 convolution and what follows it."""
    return [convolution(channels_in, channels_out, norm), *after(channels_out, norm, activation)]


def last_layer(fan_in: int, fan_out: int, norm: str, activation: str) -> nn.Sequential:
    """From feature maps to features."""
    linear = nn.Linear(fan_in, fan_out, bias=norm == "none")
    return nn.Sequential(nn.Flatten(), linear, *after(fan_out, norm, activation, maps=False))
