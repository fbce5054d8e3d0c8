"""Upper and lower halves of digits, as two views of one image, and what a view's features are worth to a linear
classifier."""

from collections.abc import Callable, Iterator

from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import batches
from runner.parts.measures._probe import USUAL, fitted

HALF = 32  # pixels of 64
CLASSES = 10
Encoder = Callable[[Tensor], Tensor]


def halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """Images (N, 64) -> upper and lower halves (N, 32)."""
    return x[:, :HALF], x[:, HALF:]


def pairs(draws: Generator, x: Tensor, size: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Halves of so many batches of images, all of one size, without end to the epochs."""
    full = (batch for batch in batches(draws, len(x), size, steps) if len(batch) == size)
    return (halves(x[batch]) for batch, _ in zip(full, range(steps), strict=False))


def probed(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """Of features (N, D) and labels (N,), the accuracy on test examples of a linear probe, fitted to the others."""
    probe = fitted(train[0][None], train[1][None], CLASSES, USUAL)
    return float((probe.logits(test[0][None])[0].argmax(1) == test[1]).double().mean())
