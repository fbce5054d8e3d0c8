"""Blends of inputs, and partners to blend with."""

import torch
from torch import tensor

from runner.parts.methods.mixing import blend, partners
from tests.objectives import same


def test_blend_takes_one_share_or_each_its_own_for_inputs_of_any_shape():
    x = torch.arange(12.0).view(3, 1, 2, 2)
    places = tensor([2, 0, 1])
    same(blend(x, places, tensor(0.75)), 0.75 * x + 0.25 * x[places])
    seen = blend(x, places, tensor([1.0, 0.0, 0.5]))
    same(seen, torch.stack([x[0], x[0], (x[2] + x[1]) / 2]))


def test_partners_are_allowed_ones_and_each_as_likely():
    allowed = torch.eye(5, dtype=torch.bool).roll(1, 1) | torch.eye(5, dtype=torch.bool).roll(2, 1)
    allowed[4] = False
    draws, chosen = torch.Generator().manual_seed(0), torch.zeros(5, 5)
    for _ in range(2000):
        chosen[torch.arange(5), partners(allowed, torch.randperm(5, generator=draws))] += 1
    assert chosen[4].tolist() == [0, 0, 0, 0, 2000]  # none is allowed: its own
    assert (chosen[:4][~allowed[:4]] == 0).all()
    assert (chosen[:4][allowed[:4]] - 1000).abs().max() < 4 * 2000**0.5 / 2  # four deviations


def test_an_example_is_never_its_own_partner_where_it_has_another():
    order = tensor([1, 0])
    assert partners(torch.ones(2, 2, dtype=torch.bool), order).tolist() == [1, 0]
