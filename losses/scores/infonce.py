"""InfoNCE: which second half belongs to this first half? (van den Oord, Li and Vinyals, "Representation Learning with
Contrastive Predictive Coding", 2018, arXiv:1807.03748).

    I = mean_i (T_ii - log mean_j exp T_ij),    L = -I

T_ij is the critic's score of the first half of pair i with the second half of pair j. I is a lower bound of the mutual
information, in nats, with a small variance. It is never above log B, the logarithm of the number of pairs that are
compared, however large the information is. The best critic is the log density ratio plus any function of the first
half. The row of a pair has the pair itself in it, as in the code of Song and Ermon (ermongroup/smile-mi-estimator).

>>> from torch import eye, tensor, zeros
>>> loss, y, index = InfoNCE(), zeros(2, 1), tensor([0, 1])
>>> loss(zeros(2, 2), y, index).abs()    # all scores alike: nothing is known
tensor(0.)
>>> loss(1e4 * eye(2), y, index)         # the cap, log 2
tensor(-0.6931)
"""

import math

from torch import Tensor, nn


class InfoNCE(nn.Module):
    fits = ("mutual_information", "representation")
    kind = "scores"

    def forward(self, scores: Tensor, density: Tensor, index: Tensor) -> Tensor:
        """scores (B, B), density (B, 1) and index (B,), which are not looked at -> (), minus the estimate."""
        return -self.decode(scores)

    def decode(self, scores: Tensor) -> Tensor:
        """scores (..., B, B) -> the estimate (...) in nats, at most log B."""
        own = scores.diagonal(dim1=-2, dim2=-1)
        return (own - scores.logsumexp(-1)).mean(-1) + math.log(scores.shape[-1])
