"""Determinant-based mutual information, L_DMI (Xu et al., NeurIPS 2019, arXiv:1909.03388).

    L = -log(|det(Y^T P)| + 1e-3),    P (B, K) the batch's probabilities, Y (B, K) its labels one-hot

Label noise that does not look at the input multiplies the determinant by a constant, and so leaves the best network
what it was. L belongs to the batch: every example is given it, so that the mean is L itself. Which class is called what
does not count: all labels renamed alike, the loss is the same. It has no gradient where the batch lacks a class,
and next to none for the almost equal rows of a network that begins; the paper starts from one trained with
cross-entropy (unconfirmed). It needs batches of several times K examples.

The 1e-3 and the matrix of counts, not shares, are the released code's. A determinant below 1e-26 counts as 0, with
gradient 0; above, its logarithm is used, which cannot overflow.

>>> from torch import tensor, zeros
>>> pair = tensor([0, 1])
>>> DMI()(tensor([[3.0, 0.0], [0.0, 3.0]]), pair, pair)    # p = 0.9526: -log(0.9526^2 - 0.0474^2 + 1e-3)
tensor([0.0986, 0.0986])
>>> DMI()(zeros(2, 2), pair, pair)    # equal predictions tell nothing: -log 1e-3
tensor([6.9078, 6.9078])
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DMI(nn.Module):
    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,), the batch's for each."""
        classes = logits.shape[-1]
        counts = F.one_hot(labels, classes).to(logits.dtype).T @ logits.softmax(-1)
        # the inverse, in the gradient, of a matrix that is all but singular is not finite: put another in its place
        singular = torch.linalg.slogdet(counts.detach())[1] < -60
        regular = torch.where(singular, torch.eye(classes, dtype=counts.dtype, device=counts.device), counts)
        log_det = torch.linalg.slogdet(regular)[1].masked_fill(singular, -torch.inf)
        floor = torch.full_like(log_det, math.log(1e-3))
        return -log_det.logaddexp(floor).expand(labels.shape)
