"""Distance intersection over union (Zheng et al., "Distance-IoU Loss", AAAI 2020, arXiv:1911.08287).

    L(f, y) = 1 - IoU(f, y) + d^2 / c^2

d is the distance of the centres, c the diagonal of the smallest box around both: the centre is pulled straight to the
target's, where GIoU first grows the box. In [0, 2].

>>> from torch import tensor
>>> DIoU()(tensor([[0.0, 0.0, 1.0, 1.0]]), tensor([[2.0, 0.0, 3.0, 1.0]]), tensor([0]))    # 1 + 2^2 / (3^2 + 1^2)
tensor([1.4000])
"""

from torch import Tensor, nn

from losses.boxes._overlap import EPS, overlap


class DIoU(nn.Module):
    fits = ("boxes",)

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, 4), target (B, 4), index (B,) -> losses (B,)."""
        its = overlap(prediction, target)
        return 1 - its.iou + its.distance / (its.diagonal + EPS)
