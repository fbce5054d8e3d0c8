"""Cross-entropy with a target shared out between its two neighbouring bins (as in Bellemare et al., "A Distributional
Perspective on Reinforcement Learning", ICML 2017; Schrittwieser et al., MuZero, Nature 2020).

    L(z, y) = mean over the D targets of -sum_k p_k log softmax(z)_k,    p_k = max(0, 1 - |y - centre_k| / width)

The head has m logits a target. The mean of p is the target, which is clamped to the outer centres: compare with
mse_clamped. As a distribution of the target each bin reaches half a width to both sides of its centre.

Args:
    bins: m, at least 2, with equally spaced centres.
    low, high: the first and the last centre, in standard deviations of the targets.

Raises:
    ValueError: low is not below high.

>>> from torch import tensor
>>> loss = TwoHot(bins=3, low=-1.0, high=1.0)
>>> loss.shares(tensor([0.25, 9.0]))    # a quarter of the way from 0 to 1; clamped to 1
tensor([[0.0000, 0.7500, 0.2500],
        [0.0000, 0.0000, 1.0000]])
>>> loss(tensor([[0.0, 0.0, 0.0]]), tensor([[0.3]]), tensor([0]))    # uniform logits: log 3
tensor([1.0986])
"""

from typing import Annotated

from torch import Tensor

from losses.regression._bins import Bins, around, levels, two_hot


class TwoHot(Bins):
    def __init__(self, *, bins: Annotated[int, "[2, 1000000]"], low: float, high: float):
        super().__init__(*around(low, high, bins), bins)
        self.centres = low, high, bins

    def shares(self, target: Tensor) -> Tensor:
        return two_hot(*levels(target, *self.centres))
