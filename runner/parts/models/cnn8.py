"""The eight-layer convolutional network of the CIFAR-10 noisy-label protocol."""

from typing import Annotated

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.cnn import initialise, last_layer, layer
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, PlainNorm, check_images


class CNN8(Model):
    """2 conv64 - pool - 2 conv128 - pool - 2 conv196 - pool - linear256 - linear K; 3x3 convolutions, normalisation and
    activation after every layer but the last, Kaiming-uniform convolutions, Xavier-uniform linear layers.

    Source: the CIFAR-10 model of Ma et al., ICML 2020 (repository HanxunH/Active-Passive-Losses, model.py), whose
    layers before BatchNorm also have a bias, without effect on what the network computes.

    Args:
        input_shape: (C, H, W) of one example, H and W at least 8; given by the runner.
        num_outputs: H, given by the runner.
        width: channels of the first two convolutions; the protocol's is 64, all other layers follow in proportion.
        norm, activation: after every layer but the last; the protocol's are BatchNorm and ReLU.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images of at least 8x8.
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
        check_images(input_shape, 8)
        channels, height, breadth = input_shape
        last = 196 * width // 64 or 1
        self.body = nn.Sequential(
            _pair(channels, width, norm, activation),
            _pair(width, 2 * width, norm, activation),
            _pair(2 * width, last, norm, activation),
            last_layer(last * (height // 8) * (breadth // 8), 4 * width, norm, activation),
        )
        self.head = make_head(head, 4 * width, num_outputs)
        initialise(self)


def _pair(channels_in: int, channels_out: int, *kind: str) -> nn.Sequential:
    both = layer(channels_in, channels_out, *kind) + layer(channels_out, channels_out, *kind)
    return nn.Sequential(*both, nn.MaxPool2d(2))
