"""Very small networks of float64 for calculations: linear layers with a function between, and a step of training."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda x: x}


class Network:
    """Layers of weights (D, C) and biases (D,).

    Args:
        draws: weights are normal with variance gain / C; biases are 0.
        sizes: of inputs, of each hidden layer, of outputs.
        functions: names of FUNCTIONS, one of each hidden layer.
        bias: has the last layer one?
    """

    def __init__(self, draws: Generator, sizes: Sequence[int], functions: Sequence[str], *, bias: bool = True) -> None:
        self.functions = [FUNCTIONS[name] for name in functions]
        gains = [2.0 if name == "relu" else 1.0 for name in (*functions, "linear")]
        self.weights = [
            tensor(draws.normal(0, np.sqrt(gain / before), (after, before))).requires_grad_()
            for gain, (before, after) in zip(gains, pairwise(sizes), strict=True)
        ]
        self.biases = [torch.zeros(size, dtype=torch.float64) for size in sizes[1:]]
        for one in self.biases if bias else self.biases[:-1]:
            one.requires_grad_()

    def layers(self, x: Tensor) -> list[Tensor]:
        """What each hidden layer holds (N, D), and the outputs, of inputs (N, C)."""
        found = []
        for weight, bias, function in zip(
            self.weights, self.biases, [*self.functions, FUNCTIONS["linear"]], strict=True
        ):
            x = function(torch.addmm(bias, x, weight.T))
            found.append(x)
        return found

    def __call__(self, x: Tensor) -> Tensor:
        return self.layers(x)[-1]

    def parameters(self) -> list[Tensor]:
        """What is trained."""
        return [one for one in (*self.weights, *self.biases) if one.requires_grad]


def tensor(values: np.ndarray) -> Tensor:
    """Numbers in float64, whole numbers as they are."""
    return torch.as_tensor(values if values.dtype == np.int64 else values.astype(np.float64))


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step along the gradient of a loss."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def batches(draws: Generator, examples: int, size: int, epochs: int) -> Iterator[np.ndarray]:
    """Places of examples, in a new order each epoch; the last batch of one may be smaller."""
    for _ in range(epochs):
        order = draws.permutation(examples)
        yield from (order[start : start + size] for start in range(0, examples, size))
