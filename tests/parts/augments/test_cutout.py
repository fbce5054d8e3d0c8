"""Holes: their size, their place and the border."""

import pytest
import torch

from runner.data.streams import generator
from runner.parts.augments.cutout import Cutout
from tests.parts.images import black, images


@pytest.mark.parametrize(("share", "rows", "columns"), [(0.5, 6, 4), (0.25, 3, 2), (1.0, 12, 8)])
def test_a_hole_in_the_middle_has_its_size_and_nothing_else_changes(share, rows, columns):
    x = images(1, 3, 12, 8)
    after = Cutout(12, 8, share)(x, torch.tensor([[6, 4]]))[0]
    hole = torch.zeros(12, 8, dtype=torch.bool)
    top, left = 6 - rows // 2, 4 - columns // 2
    hole[top : top + rows, left : left + columns] = True
    assert torch.equal(black(after), hole)
    assert torch.equal(after[:, ~hole], x[0, :, ~hole])


def test_a_hole_is_clipped_at_the_border():
    after = Cutout(32, 32, 0.5)(images(2, 3, 32, 32), torch.tensor([[0, 0], [31, 16]]))
    corner, edge = black(after[0]), black(after[1])
    assert corner[:8, :8].all()
    assert corner.sum() == 8 * 8
    assert edge[23:, 8:24].all()
    assert edge.sum() == 9 * 16


def test_centres_are_all_alike():
    drawn = Cutout(3, 4, 0.5).draw(12000, generator("cutout"))
    counts = (drawn[:, 0] * 4 + drawn[:, 1]).bincount(minlength=12)
    assert len(counts) == 12
    assert (counts - 1000).abs().max() < 4 * (12000 * 11 / 144) ** 0.5
