"""How two boxes lie to each other."""

from typing import NamedTuple

import torch
from torch import Tensor

EPS = 1e-7  # of areas and lengths that are divided by, as in torchvision


class Overlap(NamedTuple):
    """Of pairs of boxes (...), each a tensor (...).

    Attributes:
        iou: the area of both over the area of either, in [0, 1].
        union: the area of either.
        hull: the area of the smallest box around both.
        diagonal: the squared diagonal of that box.
        distance: the squared distance of the centres.
    """

    iou: Tensor
    union: Tensor
    hull: Tensor
    diagonal: Tensor
    distance: Tensor


def ordered(boxes: Tensor) -> Tensor:
    """Boxes (..., 4) with x1 <= x2 and y1 <= y2, whatever the order in which a network gives their ends.

    >>> ordered(torch.tensor([2.0, 0.0, 1.0, 3.0]))
    tensor([1., 0., 2., 3.])
    """
    one, other = boxes[..., :2], boxes[..., 2:]
    return torch.cat([torch.minimum(one, other), torch.maximum(one, other)], -1)


def overlap(boxes: Tensor, others: Tensor) -> Overlap:
    """Of boxes (..., 4) and others (..., 4), the ends of either in any order: noise may exchange those of a target."""
    boxes, others = ordered(boxes), ordered(others)
    inner = (torch.minimum(boxes[..., 2:], others[..., 2:]) - torch.maximum(boxes[..., :2], others[..., :2])).clamp(
        min=0
    )
    outer = torch.maximum(boxes[..., 2:], others[..., 2:]) - torch.minimum(boxes[..., :2], others[..., :2])
    both, union = inner.prod(-1), area(boxes) + area(others) - inner.prod(-1)
    apart = (boxes[..., :2] + boxes[..., 2:] - others[..., :2] - others[..., 2:]) / 2
    return Overlap(both / (union + EPS), union, outer.prod(-1), outer.square().sum(-1), apart.square().sum(-1))


def area(boxes: Tensor) -> Tensor:
    """(...) of ordered boxes (..., 4)."""
    return (boxes[..., 2:] - boxes[..., :2]).prod(-1)
