"""Threshold-consistent margin beside any loss of embeddings (Zhang et al., "Threshold-Consistent Margin Loss for
Open-World Deep Metric Learning", ICLR 2024, arXiv:2307.04047).

    base + positive_weight mean over pairs of one class with s <= m+ of (m+ - s)
         + negative_weight mean over pairs of two classes with s >= m- of (s - m-)

s is the cosine of two embeddings. Only pairs that break a margin count, so that one threshold may serve all classes.

Args:
    base: the loss of embeddings; draws and state are its own.
    positive_margin: m+; negative_margin: m-, both in [-1, 1]. pytorch-metric-learning's 0.9 and 0.5; that these are the
        paper's is unconfirmed.
    positive_weight, negative_weight: at least 0; the package's 1.

>>> from torch import tensor, zeros
>>> loss = TCM(base=lambda z, y, i: zeros(()), positive_margin=0.9, negative_margin=0.5, positive_weight=1.0,
...     negative_weight=1.0)
>>> points, labels = tensor([[1.0, 0.0], [0.6, 0.8], [0.8, -0.6]]), tensor([0, 0, 1])
>>> loss(points, labels, labels)    # 0.9 - 0.6 of the two of class 0, and 0.8 - 0.5 of the first and the third
tensor(0.6000)
>>> loss(points, tensor([0, 1, 2]), labels)    # of two pairs of other classes that break the margin: 0.1 and 0.3
tensor(0.2000)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, mean_above_zero, other_class, same_class

Cosine = Annotated[float, "[-1, 1]"]
Weight = Annotated[float, "[0, inf)"]


class TCM(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(
        self,
        *,
        base: nn.Module,
        positive_margin: Cosine,
        negative_margin: Cosine,
        positive_weight: Weight,
        negative_weight: Weight,
    ):
        super().__init__()
        self.base = base
        self.positive_margin = positive_margin
        self.negative_margin = negative_margin
        self.positive_weight = positive_weight
        self.negative_weight = negative_weight
        self.draws = dict(getattr(base, "draws", {}))

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,), the base's draws -> ()."""
        alike = cosines(embeddings)
        near = mean_above_zero(self.positive_margin - alike, same_class(labels))
        far = mean_above_zero(alike - self.negative_margin, other_class(labels))
        base: Tensor = self.base(embeddings, labels, index, **drawn)
        return base + self.positive_weight * near + self.negative_weight * far
