"""Preference-oriented supervised fine-tuning (Fan et al., 2024, arXiv:2412.12865).

    r(y) = log pi(y) / |y|,    r_j(y) = log q_j(y) / |y|_j,    L = -log sigmoid(r(y) - mean_j r_j(y))

The policy is to like a response y better than M aligned models q_j do. As a weight, sigmoid(mean_j r_j - r) scales
the gradient of the likelihood of a token: of a response that no q_j likes it is small. Where all q_j like y without end
it is supervised fine-tuning.

Here y is the winner, |y| its length in tokens, and the one q_1 is the reference policy, with the same tokens (decided);
the loser is not looked at. The paper takes other models. No released program was at hand; it is the formula's.

>>> from torch import tensor
>>> row = tensor([[0.0, 1.0, 0.0, *[-0.693147] * 2, *[0.0, 0.0], *[1.0] * 4, *[-0.693147] * 2]])    # 2 responses
>>> PoFT()(tensor([[0.0, 0.0]]), row, tensor([0]))    # log 2
tensor([0.6931])
"""

import torch.nn.functional as F
from torch import Tensor

from losses.preference._rows import OfPairs, Pairs


class PoFT(OfPairs):
    fits = ("preference",)

    def of(self, pairs: Pairs) -> Tensor:
        reference, length = pairs.reference_winner[None], pairs.length_winner
        return preferred(pairs.policy_winner, length, reference, length[None])


def preferred(policy: Tensor, length: Tensor, models: Tensor, lengths: Tensor) -> Tensor:
    """Log probabilities and lengths (B,) of the policy, and (M, B) of M models, which may have other tokens -> losses
    (B,)."""
    return -F.logsigmoid(policy / length - (models / lengths).mean(0))
