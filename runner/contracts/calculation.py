"""A number of each seed that takes no data set, no network of ours and no training loop."""

from typing import Protocol

from numpy.random import Generator


class Calculation(Protocol):
    """A function that is computed for each seed in place of training, such as what a theory predicts of an instance.

    Its file declares its metrics, written out, the primary one first: {name: (better, range, unit)}, such as

        METRICS = {"kl_per_symbol": ("lower", "[0, inf)", "nats"), "reward": ("higher", "(-inf, inf)", "")}
    """

    def __call__(self, draws: Generator) -> dict[str, float]:
        """A seed's stream of random numbers -> the value of each of METRICS.

        The stream depends on the seed alone, whatever the calculation and its keys: arms of one seed see the same
        draws, as long as they draw alike. `draws.spawn(2)` makes streams of which one does not disturb the other. All
        randomness comes from it, torch's too: `torch.Generator().manual_seed(int(draws.integers(2**63)))`.
        """
