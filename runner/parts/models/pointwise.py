"""A convolutional network that sees one pixel at a time."""

from itertools import pairwise
from typing import Annotated

from torch import nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import check_images


class Pointwise(Model):
    """`depth` convolutions with 1x1 kernels, each with BatchNorm and ReLU, then the mean over all places: what colours
    an image has it can tell, what stands where it cannot.

    Source: the biased network of Bahng et al., ICML 2020 (repository clovaai/rebias, models/mnist_models.py), of 16,
    32, 64 and 128 channels and with Kaiming-normal weights; its convolutions also have a bias, without effect on what
    the network computes.

    Args:
        input_shape: (C, H, W) of one example; given by the runner.
        num_outputs: H, given by the runner.
        width: channels of the first convolution; each further one has twice those before it.
        depth: convolutions.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are not images.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 16]"],
        head: Head,
    ):
        super().__init__()
        check_images(input_shape)
        sizes = [input_shape[0], *(width * 2**i for i in range(depth))]
        self.body = nn.Sequential(
            *(_block(*size) for size in pairwise(sizes)), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        )
        self.head = make_head(head, sizes[-1], num_outputs)


def _block(channels_in: int, channels_out: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels_in, channels_out, 1, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU())
