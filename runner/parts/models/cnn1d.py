"""A convolutional network for signals."""

from itertools import pairwise
from typing import Annotated

from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation, PlainNorm, after

KERNELS = (5, 3, 3)


class CNN1d(Model):
    """Three convolutions of a vector's samples, every one with a stride of 2 and a padding of 1, and a linear layer.

    Kernels are 5, 3 and 3 samples wide, `width` channels each, with torch's own initialisation; the features are all
    places of the last one. With width=25 and norm=none it is the convolutional network of S. Greydanus, D. Kobak,
    "Scaling Down Deep Learning with MNIST-1D", ICML 2024 (repository greydanus/mnist1d, ConvBase; from memory,
    unconfirmed), whose features of 40 samples are 125 numbers.

    Args:
        input_shape: (D,) of one example, D at least 8; given by the runner.
        num_outputs: H, given by the runner.
        width: channels of each convolution.
        norm: before each activation.
        activation: see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are no vectors of at least 8 numbers.
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
        layers, places = convolutions(input_shape, width, norm, activation)
        self.body = nn.Sequential(OneChannel(), *layers, nn.Flatten())
        self.head = make_head(head, width * places, num_outputs)


def convolutions(
    input_shape: tuple[int, ...], width: int, norm: PlainNorm, activation: Activation
) -> tuple[list[nn.Module], int]:
    """The three layers from (B, 1, D) to (B, width, N), and N, the number of places.

    Raises:
        ValueError: the inputs are no vectors of at least 8 numbers.
    """
    if len(input_shape) != 1 or input_shape[0] < 8:
        raise ValueError(f"needs vectors of at least 8 samples, shape (D,), not inputs of shape {input_shape}")
    (length,) = input_shape
    for kernel in KERNELS:
        length = (length + 2 - kernel) // 2 + 1
    channels = pairwise([1, *[width] * len(KERNELS)])
    return [_layer(*size, kernel, norm, activation) for size, kernel in zip(channels, KERNELS, strict=True)], length


class OneChannel(nn.Module):
    """Vectors (B, D) -> (B, 1, D)."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, None]


def _layer(fan_in: int, fan_out: int, kernel: int, norm: str, activation: str) -> nn.Sequential:
    convolution = nn.Conv1d(fan_in, fan_out, kernel, stride=2, padding=1, bias=norm == "none")
    return nn.Sequential(convolution, *after(fan_out, norm, activation, maps=False))
