"""SMILE, a clipped estimate with a smaller variance (Song and Ermon, "Understanding the Limitations of Variational
Mutual Information Estimators", ICLR 2020, arXiv:1910.06222; ermongroup/smile-mi-estimator).

    L = mean_i softplus(-T_ii) + mean_{i != j} softplus(T_ij)
    I = mean_i T_ii - log mean_{i != j} exp(clip(T_ij, -tau, tau))

T_ij is the critic's score of the first half of pair i with the second half of pair j. As in the released code the
critic is trained by the Jensen-Shannon divergence, whatever tau is, and the bound of Donsker and Varadhan is what is
reported, with scores of independent halves clipped. Scores of pairs are not clipped. A small tau gives a small variance
and a large bias. The estimate is no lower bound. Without
clipping, tau = null, it is that of `dv` with another training.

Args:
    tau: above 0; null does not clip. The paper has 1, 5 and inf.

>>> from torch import eye, tensor, zeros
>>> loss, y, index = SMILE(tau=1.0), zeros(2, 1), tensor([0, 1])
>>> loss(zeros(2, 2), y, index)         # 2 log 2
tensor(1.3863)
>>> loss.decode(tensor([[3.0, 9.0], [9.0, 3.0]]))    # 3 - log exp(1)
tensor(2.)
"""

from typing import Annotated

from torch import Tensor, nn

from losses.scores._jensen_shannon import jensen_shannon
from losses.scores._means import log_of_others, of_pairs


class SMILE(nn.Module):
    fits = ("mutual_information",)
    kind = "scores"

    def __init__(self, *, tau: Annotated[float, "(0, inf)"] | None):
        super().__init__()
        self.tau = tau

    def forward(self, scores: Tensor, density: Tensor, index: Tensor) -> Tensor:
        """scores (B, B), density (B, 1) and index (B,), which are not looked at -> (), at least 0."""
        return -jensen_shannon(scores)

    def decode(self, scores: Tensor) -> Tensor:
        """scores (..., B, B) -> the estimate (...) in nats."""
        clipped = scores if self.tau is None else scores.clamp(-self.tau, self.tau)
        return of_pairs(scores) - log_of_others(clipped)
