"""Complete intersection over union (Zheng et al., "Distance-IoU Loss", AAAI 2020, arXiv:1911.08287).

    L(f, y) = DIoU(f, y) + a v
    v = 4 / pi^2 (arctan(w_y / h_y) - arctan(w_f / h_f))^2,    a = v / (1 - IoU + v), a constant to the gradient

DIoU and a term for the ratio of width and height.

>>> from torch import tensor
>>> loss = CIoU()
>>> loss(tensor([[0.0, 0.0, 1.0, 1.0]]), tensor([[2.0, 0.0, 3.0, 1.0]]), tensor([0]))    # of one ratio: DIoU
tensor([1.4000])
"""

import math

from torch import Tensor, nn

from losses.boxes._overlap import EPS, ordered, overlap


class CIoU(nn.Module):
    fits = ("boxes",)

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, 4), target (B, 4), index (B,) -> losses (B,)."""
        boxes, meant = ordered(prediction), ordered(target)
        its = overlap(boxes, meant)
        v = 4 / math.pi**2 * (ratio(meant) - ratio(boxes)).square()
        a = (v / (1 - its.iou + v + EPS)).detach()
        return 1 - its.iou + its.distance / (its.diagonal + EPS) + a * v


def ratio(boxes: Tensor) -> Tensor:
    """(...) the angle whose tangent is width over height, of ordered boxes (..., 4)."""
    width, height = (boxes[..., 2:] - boxes[..., :2]).unbind(-1)
    return (width / (height + EPS)).atan()
