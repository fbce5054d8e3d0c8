"""Active-passive loss (Ma et al., "Normalized Loss Functions", ICML 2020, arXiv:2006.13554).

    L(z, y) = alpha * active(z, y) + beta * passive(z, y)

An active loss only raises the probability of the label, a passive one also lowers those of the other classes. Of two
symmetric losses the sum is symmetric, and it fits better than either. Any two losses can be put together:

    loss=apl loss@loss.active=nfl loss@loss.passive=rce loss.alpha=10 loss.beta=0.1

Args:
    active: a loss: NCE, NFL or NGCE in the paper.
    passive: a loss: MAE or RCE in the paper; AGCE, AUL or AEL in Zhou et al., ICML 2021.
    alpha: weight of the active loss, at least 0.
    beta: weight of the passive loss, at least 0.

Published alpha / beta, for MAE of scale 1 and RCE with log_floor log(1e-4):

    CIFAR-10    1 / 1 with MAE and RCE, 1 / 4 with AGCE, AUL and AEL
    CIFAR-100   10 / 1 with MAE (released files; later re-runs 10 / 0.1), 10 / 0.1 with RCE, AGCE and
                AEL, 10 / 0.015 with AUL
    MNIST       1 / 10 in the released files; the code of Zhou et al. has 1 / 100
    WebVision   50 / 1 with MAE, 50 / 0.1 with RCE

In the released code GCE+MAE and GCE+RCE ignore their alpha, and GCE+NCE both weights; here weights always count.

>>> from torch import tensor, zeros
>>> from losses.mae import MAE
>>> from losses.nce import NCE
>>> z, y = zeros(1, 10), tensor([3])
>>> APL(active=NCE(), passive=MAE(scale=1.0), alpha=10.0, beta=0.1)(z, y, tensor([0]))    # 10 * 0.1 + 0.1 * 0.9
tensor([1.0900])
>>> APL(active=NCE(), passive=MAE(scale=1.0), alpha=0.0, beta=1.0)(z, y, tensor([0]))    # alpha = 0 is the passive loss
tensor([0.9000])
"""

from typing import Annotated

from torch import Tensor, nn


class APL(nn.Module):
    def __init__(
        self,
        *,
        active: nn.Module,
        passive: nn.Module,
        alpha: Annotated[float, "[0, inf)"],
        beta: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.active = active
        self.passive = passive
        self.alpha = alpha
        self.beta = beta
        # under the part's name, so that two parts may each draw a number of the same name
        self.draws = {
            f"{part}_{name}": draw
            for part, loss in (("active", active), ("passive", passive))
            for name, draw in getattr(loss, "draws", {}).items()
        }

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        active: Tensor = self.active(logits, labels, index, **_of("active", drawn))
        passive: Tensor = self.passive(logits, labels, index, **_of("passive", drawn))
        return self.alpha * active + self.beta * passive


def _of(part: str, drawn: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}_"): value for name, value in drawn.items() if name.startswith(f"{part}_")}
