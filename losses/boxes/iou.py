"""Intersection over union (Yu et al., "UnitBox", ACM Multimedia 2016, arXiv:1608.01471, has its logarithm).

    L(f, y) = 1 - |f and y| / |f or y|

In [0, 1], and 1 with a gradient of zero for every prediction that does not touch the target: see giou.

>>> from torch import tensor
>>> loss = IoU()
>>> loss(tensor([[0.0, 0.0, 2.0, 2.0]]), tensor([[1.0, 1.0, 3.0, 3.0]]), tensor([0]))    # 1 - 1 / 7
tensor([0.8571])
>>> loss(tensor([[0.0, 0.0, 1.0, 1.0]]), tensor([[2.0, 0.0, 3.0, 1.0]]), tensor([0]))
tensor([1.])
"""

from torch import Tensor, nn

from losses.boxes._overlap import overlap


class IoU(nn.Module):
    fits = ("boxes",)

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, 4), target (B, 4), index (B,) -> losses (B,)."""
        return 1 - overlap(prediction, target).iou
