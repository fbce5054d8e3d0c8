"""What a probe is given, made by hand."""

import torch
from torch import nn

from runner.contracts.model import Model
from runner.contracts.probe import Examples, Probed
from runner.data.streams import numbers


class Chain(Model):
    """A network of these parts, the last one its head."""

    def __init__(self, *parts: nn.Module):
        super().__init__()
        self.body, self.head = nn.Sequential(*parts[:-1]), parts[-1]


def linear(*weights, bias=False):
    """A linear layer with these weights, whose biases are 0."""
    values = torch.tensor(weights)
    layer = nn.Linear(values.shape[1], values.shape[0], bias=bias)
    with torch.no_grad():
        layer.weight.copy_(values)
        for number in [layer.bias] if bias else []:
            number.zero_()
    return layer


def square(predictions, examples):
    """The mean of squared errors, summed over outputs."""
    return (predictions - examples.targets).square().sum(-1).mean()


def probed(network, x, targets, *, other=None, test=None, loss=square, num_classes=0, seed=0):
    """A seed's network with training examples (x, targets), and those of `test`, which are others if it says so."""
    networks = [None if each is None else each.eval().requires_grad_(False) for each in (network, other)]
    training = Examples(x, targets, targets)
    shown = training if test is None else Examples(*test, test[-1])
    return Probed(*networks, training, shown, num_classes, loss, numbers("probe", seed))
