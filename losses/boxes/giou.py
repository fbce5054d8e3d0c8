"""Generalized intersection over union (Rezatofighi et al., CVPR 2019, arXiv:1902.09630).

    L(f, y) = 1 - IoU(f, y) + (|C| - |f or y|) / |C|,    C the smallest box around both

In [0, 2]. What C has beside both pulls a prediction that does not touch the target towards it, where 1 - IoU does not.

>>> from torch import tensor
>>> loss = GIoU()
>>> loss(tensor([[0.0, 0.0, 1.0, 1.0]]), tensor([[2.0, 0.0, 3.0, 1.0]]), tensor([0]))    # IoU 0; 1 + 1 / 3
tensor([1.3333])
>>> loss(tensor([[1.0, 1.0, 0.0, 0.0]]), tensor([[0.0, 0.0, 1.0, 1.0]]), tensor([0]))    # the ends in another order
tensor([1.1921e-07])
"""

from torch import Tensor, nn

from losses.boxes._overlap import EPS, overlap


class GIoU(nn.Module):
    fits = ("boxes",)

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, 4), target (B, 4), index (B,) -> losses (B,)."""
        its = overlap(prediction, target)
        return 1 - its.iou + (its.hull - its.union) / (its.hull + EPS)
