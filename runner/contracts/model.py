"""The network."""

from torch import Tensor, nn


class Model(nn.Module):
    """A network. No bias before BatchNorm: its true gradient is zero, and adaptive optimizers turn rounding into steps.

    The constructor sets both attributes. Initial weights are torch's draws, in the order of the constructor.

    Attributes:
        body: nn.Sequential from inputs (B, ...) to features (B, D). A method may look or reach in between its parts.
        head: from features (B, D) to logits (B, K).
        stackable: False, on the class, where torch.vmap cannot compute it: seeds are then trained one at a time. By
            default True.
    """

    body: nn.Sequential
    head: nn.Module
    stackable: bool = True

    def features(self, x: Tensor) -> Tensor:
        """Inputs (B, ...) -> features (B, D)."""
        features: Tensor = self.body(x)
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Inputs (B, ...) -> logits (B, K)."""
        logits: Tensor = self.head(self.features(x))
        return logits
