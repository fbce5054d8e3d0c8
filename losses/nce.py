"""Normalised cross-entropy (Ma et al., "Normalized Loss Functions", ICML 2020, arXiv:2006.13554).

    L(z, y) = log p_y / sum_k log p_k,    p = softmax(z)

Cross-entropy divided by its sum over all labels. Symmetric, since the sum of the quotients is 1, and bounded by 1.
Alone it underfits; it is the active part of NCE+MAE, NCE+RCE and of the asymmetric combinations. The denominator is
at least K log K, so that nothing needs a floor.

Alone, the released configuration for MNIST multiplies it by 10 (loss=apl, alpha=10, beta=0).

>>> from torch import arange, tensor
>>> NCE()(tensor([[3.0, 1.0]]).log(), tensor([0]), tensor([0]))    # p = 3/4, 1/4: 0.2877 / (0.2877 + 1.3863)
tensor([0.1719])
>>> NCE()(tensor([[9.0, 1.0, 0.0, 4.0]]).expand(4, -1), arange(4), arange(4)).sum()    # over all labels it is 1
tensor(1.)
"""

from torch import Tensor, nn


class NCE(nn.Module):
    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        return log_p.gather(-1, labels[:, None])[:, 0] / log_p.sum(-1)
