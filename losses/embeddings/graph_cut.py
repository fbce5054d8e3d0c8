"""Graph cut of a batch's classes (Majee et al., "SMILe: Leveraging Submodular Mutual Information For Robust Few-Shot
Object Detection", ECCV 2024; the combinatorial losses of their SCoRe, arXiv:2310.00165).

    mean_i [sum_{n of another class} exp(s_in / t) - weight sum_{p of i's class} exp(s_ip / t)]

s is the cosine of two embeddings. The released code (amajee11us/SMILe-FSOD, commit 09e6604) subtracts each row's
largest exponent before the exponential and never adds it back, which multiplies value and gradient by exp(-1 / t),
0.0067 at its temperature; ours is whole, so that another learning rate suits it.

Args:
    temperature: t, above 0; the released code's 0.2.
    weight: of pairs of one class, at least 0; the released code's 1.

>>> from torch import eye, tensor
>>> labels = tensor([0, 0, 1, 1])
>>> loss = GraphCut(temperature=1.0, weight=1.0)
>>> loss(eye(2)[labels], labels, labels)    # 2 exp(0) - exp(1)
tensor(-0.7183)
>>> loss(eye(2)[[0] * 4], labels, labels)    # all alike: 2 exp(1) - exp(1)
tensor(2.7183)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, other_class, same_class


class GraphCut(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"], weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.temperature = temperature
        self.weight = weight

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        near = (cosines(embeddings) / self.temperature).exp()
        cut = near.where(other_class(labels), 0.0) - self.weight * near.where(same_class(labels), 0.0)
        return cut.sum(1).mean()
