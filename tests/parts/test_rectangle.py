"""Rectangles of pixels."""

import torch
from torch import tensor

from runner.parts.rectangle import rectangle


def test_a_rectangle_is_a_slice():
    wanted = torch.zeros(5, 7, dtype=torch.bool)
    wanted[1:4, 2:7] = True
    assert torch.equal(rectangle((5, 7), tensor([1, 2]), tensor([4, 7])), wanted)


def test_each_image_may_have_its_own():
    both = rectangle((3, 4), tensor([[0, 0], [1, 2]]), tensor([[3, 4], [1, 4]]))
    assert both[0].all()
    assert not both[1].any()
