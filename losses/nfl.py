"""Normalised focal loss (Ma et al., "Normalized Loss Functions", ICML 2020, arXiv:2006.13554).

    L(z, y) = w_y log p_y / sum_k w_k log p_k,    w_k = (1 - p_k)^gamma,    p = softmax(z)

Focal loss divided by its sum over all labels: symmetric and bounded by 1. The active part of NFL+MAE and NFL+RCE.

Args:
    gamma: at least 0. The paper's 0.5.
    detach: hold the weights w constant in the gradient, as in the released code, which made the published tables; the
        formula differentiates them.

Alone, the released configurations for CIFAR-10 multiply it by 10 with symmetric and by 1 with asymmetric noise
(loss=apl loss@loss.active=nfl loss.alpha=10 loss.beta=0).

>>> from torch import tensor
>>> z = tensor([[3.0, 1.0]]).log()    # p = 3/4, 1/4
>>> NFL(gamma=1.0, detach=True)(z, tensor([0]), tensor([0]))    # 0.25 * 0.2877 / (0.25 * 0.2877 + 0.75 * 1.3863)
tensor([0.0647])
>>> NFL(gamma=0.0, detach=True)(z, tensor([0]), tensor([0]))    # gamma = 0 is NCE: 0.2877 / (0.2877 + 1.3863)
tensor([0.1719])
"""

from typing import Annotated

from torch import Tensor, nn


class NFL(nn.Module):
    def __init__(self, *, gamma: Annotated[float, "[0, inf)"], detach: bool):
        super().__init__()
        self.gamma = gamma
        self.detach = detach

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        # a gamma below 1 has an infinite slope at p_k = 1, where the term itself has slope 0: stay just beside it
        miss = (-log_p.expm1()).clamp(min=1e-12)
        terms = (miss.detach() if self.detach else miss) ** self.gamma * log_p
        return terms.gather(-1, labels[:, None])[:, 0] / terms.sum(-1)
