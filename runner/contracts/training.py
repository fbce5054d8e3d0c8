"""What examples an epoch has, what happens to them, and how large a step is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from torch import Generator, Tensor


class Sampler(Protocol):
    """A function that says which examples an epoch has. It asks for what it needs, by these names.

    One that asks for `num_classes` is for classes alone, one that asks for `domain` for data sets that have it.
    """

    def __call__(
        self, labels: Tensor, num_classes: int, domain: Tensor, batch_size: int, generator: Generator
    ) -> Tensor:
        """Given targets (N, ...) of one seed, K, the environment (N,) of each example, B and the seed's stream -> (N,)
        int64 places in [0, N), in their order, on the CPU.

        Called before each epoch, and once before training, with another stream: a ValueError is what cannot be. It
        draws from `generator` alone. Each B places are a batch.
        """


class Augmentation(ABC):
    """What happens to training inputs on their way to the network.

    Its constructor may ask for input_shape, of one input, and for the mean and std that inputs are normalised with.
    """

    @abstractmethod
    def __call__(self, x: Tensor, generators: Sequence[Generator]) -> Tensor:
        """Inputs as stored, on any device, and S streams on the CPU -> inputs of the same shape and type: images (S, B,
        C, H, W) uint8 or vectors (S, B, D) float32.

        Called for each view of each batch. What a seed draws depends on its own stream and on B alone, and no result
        on which inputs are worked on together: a seed is the same in any company.
        """


class Schedule(Protocol):
    """A function that gives the factor on the optimizer's learning rate. It asks for `history` by its name, or not."""

    def __call__(self, t: float, epochs: int, history: Tensor) -> float | Tensor:
        """Epochs gone by, the step to be taken included, epochs of the phase, and the mean objective (S, E) of its past
        epochs -> the factor, or (S,) one for each seed.

        Called before each step. A factor for each seed shortens each seed's step after it was taken.
        """


class Average(Protocol):
    """A function that says which mean of the weights is evaluated. What is trained stays as it is."""

    def __call__(self, step: int, steps: int, epochs: int, taken: int) -> float | None:
        """Steps taken, from 1; steps of an epoch; epochs of all training; how often the average has moved -> the share
        of the present weights in the average, in [0, 1]; None where there is no average.

        Called after each step. With 0 the average stays as it is; the first time it becomes the present weights.
        """
