"""Progressive identification of true labels, PRODEN (Lv et al., ICML 2020, arXiv:2002.08053).

    L(z, S) = -sum of w_k * log p_k over the candidates k in S,    p = softmax(z)
    w_k <- p_k / (sum of p_j over j in S)    after each use, held constant; 1 / |S| before the first

A candidate that the network finds likelier weighs more the next time. As in the released code (repository
lvjiaqi77/PRODEN, utils/utils_loss.py), an example's weights are of its last prediction in training.

Args:
    num_train: N, given by the runner.
    num_classes: K, given by the runner.

>>> from torch import tensor, zeros
>>> loss, candidates = PRODEN(4, 4), tensor([[1.0, 1.0, 0.0, 0.0]])
>>> loss(zeros(1, 4), candidates, tensor([0]))    # each weighs 1/2: log 4
tensor([1.3863])
>>> PRODEN(4, 10)(zeros(1, 10), tensor([[1.0] + [0.0] * 9]), tensor([0]))    # one candidate: cross-entropy, log 10
tensor([2.3026])
"""

import torch
from torch import Tensor, inf, nn


class PRODEN(nn.Module):
    fits = ("candidates",)
    weights: Tensor

    def __init__(self, num_train: int, num_classes: int):
        super().__init__()
        self.register_buffer("weights", torch.zeros(num_train, num_classes))  # 0: not met yet

    def forward(self, logits: Tensor, candidates: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), candidates (B, K) of 0 and 1, at least one of each example, index (B,) -> losses (B,); moves
        the weights of the examples in `index`."""
        candidates = candidates.to(logits.dtype)
        before = self.weights[index].to(logits.dtype)
        met = before.sum(-1, keepdim=True) > 0
        weights = torch.where(met, before, candidates / candidates.sum(-1, keepdim=True))
        self.weights[index] = logits.detach().masked_fill(candidates <= 0, -inf).softmax(-1).to(self.weights.dtype)
        return -(weights * logits.log_softmax(-1)).sum(-1)
