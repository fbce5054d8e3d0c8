"""The bound of Donsker and Varadhan ("Asymptotic evaluation of certain Markov process expectations for large time",
1983), as Belghazi et al. took it for neural networks ("Mutual Information Neural Estimation", ICML 2018,
arXiv:1801.04062).

    I = mean_i T_ii - log mean_{i != j} exp T_ij,    L = -I

T_ij is the critic's score of the first half of pair i with the second half of pair j. With expectations in place of
means I is a lower bound of the mutual information, in nats. The logarithm of a mean over a batch is too small on
average, so that I is too large, and its variance grows as the exponential of the information (McAllester and
Stratos, AISTATS 2020). The best critic is the log density ratio plus a constant.

>>> from torch import eye, ones, tensor, zeros
>>> loss, y, index = DonskerVaradhan(), zeros(2, 1), tensor([0, 1])
>>> loss(3 * ones(2, 2), y, index).abs()    # all scores alike, whatever they are
tensor(0.)
>>> loss(3 * eye(2), y, index)              # 3 - log exp(0); there is no cap
tensor(-3.)
"""

from torch import Tensor, nn

from losses.scores._means import log_of_others, of_pairs


class DonskerVaradhan(nn.Module):
    fits = ("mutual_information",)
    kind = "scores"

    def forward(self, scores: Tensor, density: Tensor, index: Tensor) -> Tensor:
        """scores (B, B), density (B, 1) and index (B,), which are not looked at -> (), minus the estimate."""
        return -self.decode(scores)

    def decode(self, scores: Tensor) -> Tensor:
        """scores (..., B, B) -> the estimate (...) in nats."""
        return of_pairs(scores) - log_of_others(scores)
