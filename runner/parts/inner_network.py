"""A small network that a penalty trains by itself, within a step of the network that it is a penalty of."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.func import grad
from torch.nn.functional import linear

from runner.parts.methods.own_adam import OwnAdam

Function = Callable[[Tensor], Tensor]


class InnerNetwork(nn.Module):
    """A perceptron (M, D) -> (M, H) with ReLU, whose numbers are a buffer: the optimizer leaves them alone.

    Args:
        widths: D, those of the hidden layers, and H.
        lr: Adam's learning rate.
        steps: of one descent.
    """

    numbers: Tensor

    def __init__(self, widths: Sequence[int], lr: float, steps: int):
        super().__init__()
        layers = [nn.Linear(into, out) for into, out in pairwise(widths)]
        self.shapes = [(layer.in_features, layer.out_features) for layer in layers]
        made = [p.detach() for layer in layers for p in (layer.weight, layer.bias)]
        self.register_buffer("numbers", torch.cat([p.flatten() for p in made]))
        self.adam = OwnAdam(lr, (len(self.numbers),))
        self.steps = steps

    def forward(self, x: Tensor) -> Tensor:
        return self.at(self.numbers, x)

    def at(self, numbers: Tensor, x: Tensor) -> Tensor:
        """What it says of x with these numbers."""
        parts = numbers.split([size for d, h in self.shapes for size in (d * h, h)])
        for layer, (d, h) in enumerate(self.shapes):
            x = linear(x.relu() if layer else x, parts[2 * layer].view(h, d), parts[2 * layer + 1])
        return x

    def descend(self, loss: Callable[[Function], Tensor]) -> None:
        """Take the steps that make loss(network) () smaller. It is given the network as a function."""
        numbers, due = self.numbers, torch.ones((), dtype=torch.bool, device=self.numbers.device)
        for _ in range(self.steps):
            slope = grad(lambda at: loss(partial(self.at, at)))(numbers)
            numbers = self.adam.step(numbers, slope, due)
        self.numbers.copy_(numbers)
