"""Logit-adjusted cross-entropy (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021).

    L(z, y) = CE(z + tau * log prior, y),    prior_k = n_k / sum_j n_j

n_k is the number of training examples with given label k. With tau = 1 the minimiser of the loss is z = log p(x | k)
up to a constant, so that argmax z minimises the mean of the classes' errors, not the error of the training
distribution. The paper's post-hoc form needs no loss: it trains with cross-entropy and subtracts tau * log prior from
the logits at test time. A class without examples counts as one of one example (the released code adds 1e-12 to
prior^tau).

Args:
    class_counts: n_k (K,), given by the runner.
    tau: at least 0. The paper's 1 for the loss; its post-hoc form also tunes it.

>>> from torch import tensor, zeros
>>> counts = tensor([3.0, 1.0])
>>> LogitAdjustment(counts, tau=1.0)(zeros(1, 2), tensor([1]), tensor([0]))    # -log(1/4) = log 4
tensor([1.3863])
>>> LogitAdjustment(counts, tau=0.0)(zeros(1, 2), tensor([1]), tensor([0]))    # tau = 0 is cross-entropy: log 2
tensor([0.6931])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class LogitAdjustment(nn.Module):
    prior: Tensor

    def __init__(self, class_counts: Tensor, *, tau: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.tau = tau
        counts = class_counts.double().clamp(min=1)
        self.register_buffer("prior", counts / counts.sum())

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        offsets = self.tau * self.prior.log()
        return F.cross_entropy(logits + offsets.to(logits.dtype), labels, reduction="none")
