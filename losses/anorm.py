"""a-norm loss (Zhou et al., extended journal version of "Asymmetric Loss Functions", ICML 2021; unconfirmed).

    L(z, y) = (sum_k |a * onehot_k - p_k|^p - (a - 1)^p) / p,    p_k = softmax(z)_k

The distance between the prediction and a one-hot label of height a. Bounded, as every term is.

Args:
    a: above 1. 1.5 in the released code, 2 in its combinations; the paper's values for each data set are unconfirmed.
    p: the exponent, above 0. 0.9 in the released code, 0.7 in its combinations. Below 1 a spread-out prediction costs
        more than a sharp one, which for many classes outweighs the label: of 100 classes at p = 0.9, uniform is worse
        than sharply wrong.

The code floors each p_k at 1e-5; here p_k^p is exp(p log p_k), finite without a floor.

>>> from torch import tensor, zeros
>>> ANorm(a=1.5, p=2.0)(zeros(1, 10), tensor([3]), tensor([0]))    # (9 * 0.1^2 + 1.4^2 - 0.5^2) / 2
tensor([0.9000])
>>> ANorm(a=1.5, p=1.0)(zeros(1, 10), tensor([3]), tensor([0]))    # p = 1 is MAE's L1 distance: 2 * (1 - p_y)
tensor([1.8000])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class ANorm(nn.Module):
    def __init__(self, *, a: Annotated[float, "(1, inf)"], p: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.a = a
        self.p = p

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        hot = F.one_hot(labels, logits.shape[-1])
        miss = -(log_p * hot).sum(-1).expm1()
        others = ((self.p * log_p).exp() * (1 - hot)).sum(-1)
        return (others + (self.a - 1 + miss) ** self.p - (self.a - 1) ** self.p) / self.p
