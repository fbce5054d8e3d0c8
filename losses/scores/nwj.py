"""The bound of Nguyen, Wainwright and Jordan ("Estimating divergence functionals and the likelihood ratio by convex
risk minimization", IEEE Transactions on Information Theory 2010, arXiv:0809.0853), also called f-GAN KL and MINE-f.

    I = mean_i T_ii - mean_{i != j} exp(T_ij - 1),    L = -I

T_ij is the critic's score of the first half of pair i with the second half of pair j. On new pairs the expectation of I
is a lower bound of the mutual information, in nats, for any critic. Its variance grows as the exponential of the
information. The best critic is the log density ratio plus 1. Scores above 89 are beyond float32, and end a run.

>>> from torch import ones, tensor, zeros
>>> loss, y, index = NWJ(), zeros(2, 1), tensor([0, 1])
>>> loss(ones(2, 2), y, index).abs()    # all scores 1, the best of independent halves
tensor(0.)
>>> loss(zeros(2, 2), y, index)         # exp(-1)
tensor(0.3679)
"""

from torch import Tensor, nn

from losses.scores._means import log_of_others, of_pairs


class NWJ(nn.Module):
    fits = ("mutual_information",)
    kind = "scores"

    def forward(self, scores: Tensor, density: Tensor, index: Tensor) -> Tensor:
        """scores (B, B), density (B, 1) and index (B,), which are not looked at -> (), minus the estimate."""
        return -self.decode(scores)

    def decode(self, scores: Tensor) -> Tensor:
        """scores (..., B, B) -> the estimate (...) in nats."""
        return of_pairs(scores) - (log_of_others(scores) - 1).exp()
