"""Networks as they were trained, measured like those that adapt: what the others are compared with."""

from torch import Tensor

from runner.contracts.adaptation import Adaptable, Adaptation


class Unchanged(Adaptation):
    """Nothing adapts: "source" in the papers. The metrics adapted/* are those that test/* has."""

    needs_batch_norm = False
    batch_size = 256

    def adapt(self, network: Adaptable, x: Tensor) -> Tensor:
        """Logits (S, B, K) of the networks as they were trained."""
        return network.source(x)
