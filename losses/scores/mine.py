"""MINE: the bound of Donsker and Varadhan with a gradient of less bias (Belghazi et al., "Mutual Information Neural
Estimation", ICML 2018, arXiv:1801.04062).

    I = mean_i T_ii - log mean_{i != j} exp T_ij
    gradient of L = -gradient(mean_i T_ii) + gradient(E) / M,    E = mean_{i != j} exp T_ij
    M = momentum M' + (1 - momentum) E

T_ij is the critic's score of the first half of pair i with the second half of pair j. I is the estimate, in nats, that
of `dv`. The gradient of its logarithm divides by E of the batch, which is biased; MINE divides by the moving average M
instead, kept constant. L is that with M of the step as it is: minus the mean score of pairs plus E / M. Momentum 0 has
the gradient of `dv`.

Paper and released files disagree in what M' of the next step is. The file of Song and Ermon
(ermongroup/smile-mi-estimator, mine_lower_bound) gives E back, not M. If that is handed on, as its
arguments suggest, only two batches are ever averaged. It begins with M' = 1, and so does this.

Args:
    momentum: in [0, 1). The released file's is 0.9.
    average: paper, M' is the last M; or released, M' is the last batch's E.

>>> from torch import eye, tensor, zeros
>>> loss, y, index = MINE(momentum=0.9, average="paper"), zeros(2, 1), tensor([0, 1])
>>> loss(3 * eye(2), y, index)      # -3 + E / M with E = M = 1
tensor(-2.)
>>> loss.decode(3 * eye(2))
tensor(3.)
"""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from losses.scores._means import log_of_others, of_pairs


class MINE(nn.Module):
    fits = ("mutual_information",)
    kind = "scores"

    log_average: Tensor

    def __init__(self, *, momentum: Annotated[float, "[0, 1)"], average: Literal["paper", "released"]):
        super().__init__()
        self.momentum = momentum
        self.average = average
        self.register_buffer("log_average", torch.zeros(()))

    def forward(self, scores: Tensor, density: Tensor, index: Tensor) -> Tensor:
        """scores (B, B), density (B, 1) and index (B,), which are not looked at -> ()."""
        batch = log_of_others(scores)
        kept = self._weighed(self.log_average, self.momentum)
        divisor = torch.logaddexp(kept, self._weighed(batch.detach(), 1 - self.momentum))
        self.log_average.copy_(divisor if self.average == "paper" else batch.detach())
        return (batch - divisor).exp() - of_pairs(scores)

    def decode(self, scores: Tensor) -> Tensor:
        """scores (..., B, B) -> the estimate (...) in nats."""
        return of_pairs(scores) - log_of_others(scores)

    @staticmethod
    def _weighed(logarithm: Tensor, share: float) -> Tensor:
        return logarithm + (math.log(share) if share else -math.inf)
