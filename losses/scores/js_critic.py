"""A critic trained by the Jensen-Shannon divergence, and read by the bound of Nguyen, Wainwright and Jordan (Poole et
al., "On Variational Bounds of Mutual Information", ICML 2019, arXiv:1905.06922; the critic as in Hjelm et al., "Deep
InfoMax", ICLR 2019).

    L = mean_i softplus(-T_ii) + mean_{i != j} softplus(T_ij)
    I = mean_i V_ii - mean_{i != j} exp(V_ij - 1)

T_ij is the critic's score of the first half of pair i with the second half of pair j. What is minimised and what is
reported differ: L trains stably, and its best critic is the log density ratio; I is the estimate, in nats.

Args:
    read: V, of which the bound is taken. released: T, as in the code of Song and Ermon
        (ermongroup/smile-mi-estimator), which at the best critic is 1 / e too small. shifted: T + 1, as Poole et al.
        have it, with which the bound is tight there.

>>> from torch import tensor, zeros
>>> loss, y, index = JensenShannon(read="released"), zeros(2, 1), tensor([0, 1])
>>> loss(zeros(2, 2), y, index)    # 2 log 2
tensor(1.3863)
>>> loss.decode(zeros(2, 2)), JensenShannon(read="shifted").decode(zeros(2, 2))    # of independent halves
(tensor(-0.3679), tensor(0.))
"""

from typing import Literal

from torch import Tensor, nn

from losses.scores._jensen_shannon import jensen_shannon
from losses.scores._means import log_of_others, of_pairs


class JensenShannon(nn.Module):
    fits = ("mutual_information",)
    kind = "scores"

    def __init__(self, *, read: Literal["released", "shifted"]):
        super().__init__()
        self.read = read

    def forward(self, scores: Tensor, density: Tensor, index: Tensor) -> Tensor:
        """scores (B, B), density (B, 1) and index (B,), which are not looked at -> (), at least 0."""
        return -jensen_shannon(scores)

    def decode(self, scores: Tensor) -> Tensor:
        """scores (..., B, B) -> the estimate (...) in nats."""
        shift = 1.0 if self.read == "shifted" else 0.0
        return of_pairs(scores) + shift - (log_of_others(scores) + shift - 1).exp()
