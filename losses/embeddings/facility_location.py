"""Facility location of a batch's classes (Majee et al., "SMILe: Leveraging Submodular Mutual Information For Robust
Few-Shot Object Detection", ECCV 2024; the combinatorial losses of their SCoRe, arXiv:2310.00165).

    mean_i log sum_{n of another class} exp(s_in / t)

s is the cosine of two embeddings: the nearest example of another class is to be far. Pairs of one class do not count.
The released code (amajee11us/SMILe-FSOD, commit 09e6604) subtracts each row's largest exponent before the exponential
and never adds it back, which moves the value by -1 / t and leaves the gradient; ours is whole. An example without
another class in the batch is left out.

Args:
    temperature: t, above 0; the released code's 0.2.

>>> from torch import eye, tensor
>>> labels = tensor([0, 0, 1, 1, 1, 1])
>>> loss = FacilityLocation(temperature=0.2)
>>> loss(eye(2)[labels], labels, labels)    # orthogonal classes: (2 log 4 + 4 log 2) / 6
tensor(0.9242)
>>> loss(eye(2)[[0] * 6], labels, labels)    # all alike: 5 more
tensor(5.9242)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.embeddings._pairs import cosines, log_sum, mean_over, other_class


class FacilityLocation(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, *, temperature: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.temperature = temperature

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        others = other_class(labels)
        return mean_over(log_sum(cosines(embeddings) / self.temperature, others), others.any(1))
