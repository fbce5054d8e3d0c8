"""The four-layer convolutional network of the MNIST noisy-label protocol."""

from typing import Annotated, Literal

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.heads import make_head


class CNN(Model):
    """conv32 - pool - conv64 - pool - linear128 - linear K; 3x3 convolutions, BatchNorm and ReLU after every layer but
    the last, Kaiming-uniform convolutions, Xavier-uniform linear layers.

    Source: the MNIST model of Ma et al., ICML 2020 (repository HanxunH/Active-Passive-Losses, model.py), whose layers
    before BatchNorm also have a bias, without effect on what the network computes.

    Args:
        input_shape: (C, H, W) of one example, H and W at least 4; given by the runner.
        num_outputs: H, given by the runner.
        width: channels of the first convolution; the protocol's is 32, all other layers follow in proportion.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images of at least 4x4.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, inf)"],
        head: Literal["linear", "cosine", "equiangular"],
    ):
        super().__init__()
        if len(input_shape) != 3 or min(input_shape[1:]) < 4:
            raise ValueError(f"needs images of at least 4x4, shape (C, H, W), not inputs of shape {input_shape}")
        channels, height, breadth = input_shape
        self.body = nn.Sequential(
            _block(channels, width),
            _block(width, 2 * width),
            last_layer(2 * width * (height // 4) * (breadth // 4), 4 * width),
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


def last_layer(fan_in: int, fan_out: int) -> nn.Sequential:
    """From feature maps to features."""
    return nn.Sequential(nn.Flatten(), nn.Linear(fan_in, fan_out, bias=False), nn.BatchNorm1d(fan_out), nn.ReLU())


def _block(channels_in: int, channels_out: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU(), nn.MaxPool2d(2))
