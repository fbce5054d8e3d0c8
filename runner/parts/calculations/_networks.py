"""Networks of relu units of one depth that are trained at once, in float64."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import Network


class Networks:
    """Layers of weights (R, D, C) and biases (R, 1, D), which start as those of R of Network.

    Networks with fewer units have others whose weights are zero. Nothing goes into them or out of them, and no gradient
    moves them.

    Args:
        sizes: of each network: of inputs, of hidden layers, of outputs; all have as many layers.
    """

    def __init__(self, draws: Generator, sizes: Sequence[Sequence[int]]) -> None:
        starts = zip(sizes, draws.spawn(len(sizes)), strict=True)
        every = [Network(begin, each, ["relu"] * (len(each) - 2)) for each, begin in starts]
        layers = zip(*(network.weights for network in every), strict=True)
        self.weights = [stacked([weight.detach() for weight in layer]).requires_grad_() for layer in layers]
        self.biases = [torch.zeros_like(weight[:, None, :, 0]).requires_grad_() for weight in self.weights]

    def layers(self, x: Tensor) -> list[Tensor]:
        """What each hidden layer of each holds (R, N, D), and the outputs, of inputs (N, C) or (R, N, C)."""
        found: list[Tensor] = []
        held = x.expand(len(self.weights[0]), -1, -1)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            held = torch.baddbmm(bias, found[-1] if found else held, weight.mT)
            found.append(held if weight is self.weights[-1] else held.relu())
        return found

    def __call__(self, x: Tensor) -> Tensor:
        return self.layers(x)[-1]

    def parameters(self) -> list[Tensor]:
        """What is trained, (R, ., .) each."""
        return [*self.weights, *self.biases]


def stacked(matrices: Sequence[Tensor]) -> Tensor:
    """Matrices as one (R, ., .), with zeros where one has fewer rows or columns than others."""
    rows, columns = (max(one.shape[axis] for one in matrices) for axis in (0, 1))
    return torch.stack([F.pad(one, (0, columns - one.shape[1], 0, rows - one.shape[0])) for one in matrices])
