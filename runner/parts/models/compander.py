"""A network whose weights are a bounded function of trained numbers."""

import math
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.weights import layers, rewrite


class WeightCompander(Model):
    """Another network, of which each linear layer's and each convolution's weights are w = a arctan(v / b): trained are
    v, and of each layer a and b, through their logarithms.

    Large weights are limited to |w| < a pi / 2, small ones are pushed away from 0, for the slope there, a / b, is above
    1. Weights start as the network draws them. Weight decay is of v, and of the logarithms.

    After Weight Compander (arXiv:2306.16993, 2023), of which only the abstract was to be had: a bounded function, odd,
    with a slope above 1 at 0 and trained parameters. The arctangent, one a and b a layer, and the defaults are not
    confirmed: this is no replication.

    Args:
        network: the other network.
        slope: a / b at the start.
        reach: the bound at the start, in units of the layer's largest |w|.
    """

    def __init__(self, *, network: nn.Module, slope: Annotated[float, "(1, inf)"], reach: Annotated[float, "(1, inf)"]):
        super().__init__()
        assert isinstance(network, Model)
        for layer in layers(network):
            largest = layer.weight.detach().abs().max().clamp_min(1e-3)  # of a layer that starts at 0
            scale = reach * largest * 2 / math.pi
            rewrite(layer, Compander(scale, scale / slope))
        self.body, self.head, self.stackable = network.body, network.head, network.stackable


class Compander(nn.Module):
    """w = a arctan(v / b) of numbers of any shape, a and b () above 0."""

    def __init__(self, a: Tensor, b: Tensor):
        super().__init__()
        self.log_a, self.log_b = nn.Parameter(a.log()), nn.Parameter(b.log())

    def forward(self, v: Tensor) -> Tensor:
        return self.log_a.exp() * torch.arctan(v / self.log_b.exp())

    def right_inverse(self, w: Tensor) -> Tensor:
        """v of weights w. Raises ValueError where a weight is beyond the bound."""
        angle = w / self.log_a.detach().exp()
        if not angle.is_meta and bool((angle.abs() >= math.pi / 2).any()):
            raise ValueError("a weight is beyond the bound of what arctan gives")
        return self.log_b.detach().exp() * angle.tan()
