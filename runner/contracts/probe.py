"""What is measured of the network that a seed left."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from numpy.random import Generator
from torch import Tensor

from runner.contracts.model import Model


class Examples(NamedTuple):
    """Examples as the network sees them.

    Attributes:
        x: (N, ...) inputs, normalised.
        targets: (N, ...), those that training sees.
        true: (N, ...), those before any was changed.
    """

    x: Tensor
    targets: Tensor
    true: Tensor


class Probed(NamedTuple):
    """What a probe is given of one seed, on the CPU.

    Attributes:
        network: as training left it, in evaluation mode; no number of it asks for a gradient.
        other: the network of another seed of the same cell, likewise; None where the probe has no key `apart`.
        training, test: examples; of test examples none were changed.
        num_classes: K; 0 where numbers are predicted.
        loss: predictions (N, H), and training examples that they are of -> (), the mean of the cell's loss, without
            regularizers. Raises ValueError where its loss is not one of each example alone.
        draws: the seed's stream for probes. All randomness comes from it.
    """

    network: Model
    other: Model | None
    training: Examples
    test: Examples
    num_classes: int
    loss: Callable[[Tensor, Examples], Tensor]
    draws: Generator


class Probe(Protocol):
    """A function that is computed of the network of each seed. Nothing is trained by it.

    Its file declares its metrics, written out, the primary one first: {name: (better, range, unit)}, such as

        METRICS = {"nc1": ("lower", "[0, inf)", ""), "angle": ("lower", "[0, 1]", "")}

    In a row their names begin with "probe/". A probe that compares two networks has a key `apart`, a whole number: that
    is how far the seed of the other one is.
    """

    def __call__(self, seen: Probed) -> dict[str, float]:
        """What there is of a seed -> the value of each of METRICS. A seed with one that is not finite has diverged.

        Raises:
            ValueError: it does not apply to such a network, or to such examples.
        """
