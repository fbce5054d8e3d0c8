"""Neighbourhood components analysis (Goldberger, Roweis, Hinton and Salakhutdinov, "Neighbourhood Components Analysis",
NeurIPS 2004), as pytorch-metric-learning has it.

    mean_i -log sum_{p of i's class} softmax_{j != i}(-scale d_ij^2)_p

d is the distance of two embeddings scaled to length 1. An example without another of its class is left out.

Args:
    scale: above 0; the package's 1.

>>> from torch import eye, tensor
>>> labels = tensor([0, 0, 1, 1])
>>> NCA(scale=1.0)(eye(4), labels, labels)    # one of three
tensor(1.0986)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, itself, log_sum, mean_over, same_class


class NCA(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, scale: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.scale = scale

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        near = -self.scale * (2 - 2 * cosines(embeddings))
        logp = near.masked_fill(itself(labels), -float("inf")).log_softmax(1)
        positive = same_class(labels)
        return mean_over(-log_sum(logp, positive), positive.any(1))
