"""No stream is met."""

from torch import Tensor

from runner.contracts.adaptation import Adaptable, Adaptation


class Unadapted(Adaptation):
    """Nothing adapts, and nothing more is measured."""

    fits = ("any",)
    measured = False
    needs_batch_norm = False
    batch_size = 1

    def adapt(self, network: Adaptable, x: Tensor) -> Tensor:
        """Logits (S, B, K) of the networks as they were trained."""
        return network.source(x)
