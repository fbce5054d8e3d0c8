"""No penalty."""

from torch import Tensor, nn


class NoPenalty(nn.Module):
    def forward(self, features: Tensor, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        return logits.new_zeros(())
