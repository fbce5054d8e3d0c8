"""What methods put behind a network's features."""

from torch import nn


def perceptron(fan_in: int, hidden: int, width: int) -> nn.Sequential:
    """(B, fan_in) -> (B, width): a layer, BatchNorm and ReLU, and a layer."""
    return nn.Sequential(
        nn.Linear(fan_in, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, width)
    )


def two_layers(fan_in: int, hidden: int, width: int) -> nn.Sequential:
    """(B, fan_in) -> (B, width): a layer, ReLU and a layer."""
    return nn.Sequential(nn.Linear(fan_in, hidden), nn.ReLU(), nn.Linear(hidden, width))
