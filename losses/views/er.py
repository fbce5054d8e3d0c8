"""Entropy and reconstruction, ER (Rodriguez Galvez et al., "The Role of Entropy and Reconstruction in Multi-View
Self-Supervised Learning", ICML 2023, arXiv:2307.10907; released code apple/ml-entropy-reconstruction).

    L = -H(Z) + Rec,  a bound from below of the views' mutual information, negated

Embeddings are on the sphere, or softmax of them is a distribution over D classes.

    sphere:    log p_i = log mean_j exp(k z_i.z_j) + log C,  j over the whole batch, i included
               Rec = -mean_i k z_i.z'_i - log C,  a von Mises-Fisher density of concentration k
               H = -mean_i log p_i (average), or -sum_i w_i log p_i, w the softmax of log p over the batch (expectation)
    discrete:  m = mean_i p_i,  Rec = the mean of CE(p, p') and CE(p', p)
               H = -mean_k log m_k (average), or -sum_k m_k log m_k, which is m's entropy (expectation)

log C depends on k and D alone, and cancels, so that no Bessel function is computed. The released code has these parts;
that H is the mean over the two views is unconfirmed. Probabilities have 1e-7 added within logarithms.

Args:
    space: where embeddings are, "sphere" or "discrete".
    estimator: of the entropy, "average" or "expectation".
    concentration: k, above 0, of the sphere alone; that of the paper is unconfirmed, 10 is SimCLR's temperature of 0.1.

>>> from torch import tensor
>>> loss, index = ER(space="sphere", estimator="average", concentration=10.0), tensor([0, 1])
>>> ends = tensor([[1.0], [-1.0]])
>>> loss(ends, ends, index)    # two points that are told apart: -log 2
tensor(-0.6931)
>>> loss(ends * 0 + 1, ends * 0 + 1, index).abs() < 1e-6    # collapsed: nothing is told
tensor(True)
"""

from math import log
from typing import Annotated, Literal

from torch import Tensor, nn

EPS = 1e-7


class ER(nn.Module):
    fits = ("any",)
    kind = "views"

    def __init__(
        self,
        *,
        space: Literal["sphere", "discrete"],
        estimator: Literal["average", "expectation"],
        concentration: Annotated[float, "(0, inf)"],
    ):
        super().__init__()
        self.space = space
        self.expectation = estimator == "expectation"
        self.concentration = concentration

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> ()."""
        entropy, reconstruction = (self._sphere if self.space == "sphere" else self._discrete)(one, other)
        return reconstruction - entropy

    def _sphere(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        one, other = (nn.functional.normalize(z, dim=1) for z in (one, other))
        entropy = (self._spread(one) + self._spread(other)) / 2
        return entropy, -self.concentration * (one * other).sum(1).mean()

    def _spread(self, z: Tensor) -> Tensor:
        density = (self.concentration * z @ z.mT).logsumexp(1) - log(len(z))
        weight = density.softmax(0) if self.expectation else 1 / len(z)
        return -(weight * density).sum()

    def _discrete(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        p, q = one.softmax(1), other.softmax(1)
        entropy = (self._evenness(p) + self._evenness(q)) / 2
        return entropy, -(p * (q + EPS).log() + q * (p + EPS).log()).sum(1).mean() / 2

    def _evenness(self, p: Tensor) -> Tensor:
        mean = p.mean(0)
        weight = mean if self.expectation else 1 / len(mean)
        return -(weight * (mean + EPS).log()).sum()
