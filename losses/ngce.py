"""Normalised generalized cross-entropy (Ma et al., "Normalized Loss Functions", ICML 2020, arXiv:2006.13554).

    L(z, y) = (1 - p_y^q) / (K - sum_k p_k^q),    p = softmax(z)

Generalized cross-entropy divided by its sum over all labels: symmetric and bounded by 1. It goes from NCE (q to 0) to
normalised MAE (q = 1), from an active to a passive loss.

Args:
    q: in (0, 1]. The 0.1 of the released configurations, where it is the active part of NGCE+MAE and NGCE+RCE.

The code floors each p_k at 1e-7; here p_k^q is exp(q log p_k), finite without a floor. The released NGCE+RCE files for
CIFAR-100 and for CIFAR-10 with asymmetric noise build NGCE+MAE; loss=apl builds what it is asked for.

>>> from torch import tensor
>>> z = tensor([[3.0, 1.0]]).log()    # p = 3/4, 1/4
>>> NGCE(q=0.5)(z, tensor([0]), tensor([0]))    # (1 - 0.8660) / (2 - 0.8660 - 0.5)
tensor([0.2113])
>>> NGCE(q=1.0)(z, tensor([0]), tensor([0]))    # q = 1 is normalised MAE: (1 - p_y) / (K - 1)
tensor([0.2500])
"""

from typing import Annotated

from torch import Tensor, nn


class NGCE(nn.Module):
    def __init__(self, *, q: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.q = q

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        terms = (self.q * logits.log_softmax(-1)).expm1()
        return terms.gather(-1, labels[:, None])[:, 0] / terms.sum(-1)
