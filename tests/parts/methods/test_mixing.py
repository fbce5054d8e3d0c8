"""Blends of inputs."""

import torch
from torch import tensor

from runner.parts.methods.mixing import blend
from tests.objectives import same


def test_blend_takes_one_share_or_each_its_own_for_inputs_of_any_shape():
    x = torch.arange(12.0).view(3, 1, 2, 2)
    places = tensor([2, 0, 1])
    same(blend(x, places, tensor(0.75)), 0.75 * x + 0.25 * x[places])
    seen = blend(x, places, tensor([1.0, 0.0, 0.5]))
    same(seen, torch.stack([x[0], x[0], (x[2] + x[1]) / 2]))
