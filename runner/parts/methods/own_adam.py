"""Adam of a number that a method moves by itself, within a step."""

import torch
from torch import Tensor, nn

BETAS, EPS = (0.9, 0.999), 1e-8


class OwnAdam(nn.Module):
    """Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, with the paper's constants; its state is
    in buffers.

    Args:
        lr: the learning rate.
        size: shape of what is moved.
    """

    mean: Tensor
    square: Tensor
    steps: Tensor

    def __init__(self, lr: float, size: tuple[int, ...]):
        super().__init__()
        self.lr = lr
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("square", torch.zeros(size))
        self.register_buffer("steps", torch.zeros(()))

    def step(self, at: Tensor, slope: Tensor, due: Tensor) -> Tensor:
        """Where `at` goes by its gradient, in its shape. Where `due` (), a truth value, is false, all stays as it is.

        >>> from torch import tensor
        >>> OwnAdam(0.1, ()).step(tensor(1.0), tensor(5.0), tensor(True))    # the first step is lr * sign(slope)
        tensor(0.9000)
        """
        for number, new, beta in zip((self.mean, self.square), (slope, slope.square()), BETAS, strict=True):
            number.copy_(torch.where(due, torch.lerp(new, number, beta), number))
        self.steps.add_(due)
        mean, square = (
            number / (1 - beta**self.steps).clamp(min=EPS)  # of no step yet
            for number, beta in zip((self.mean, self.square), BETAS, strict=True)
        )
        return torch.where(due, at - self.lr * mean / (square.sqrt() + EPS), at)
