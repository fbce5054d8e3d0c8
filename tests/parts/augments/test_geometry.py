"""Crops, flips and rotations."""

import pytest
import torch
from torchvision.transforms import v2

from runner.data.streams import generator
from runner.parts.augments.geometry import HorizontalFlip, RandomCrop, Rotation
from tests.parts.images import SHAPES, black, images


def test_the_crop_in_the_middle_is_the_image():
    x = images(2, 3, 9, 7)
    assert torch.equal(RandomCrop(4)(x, torch.tensor([[4, 4], [4, 4]])), x)


def test_a_crop_moves_the_image_and_lets_black_in():
    x = images(1, 3, 9, 7)
    after = RandomCrop(2)(x, torch.tensor([[0, 3]]))  # two rows of padding above, one column further right
    assert torch.equal(after[0, :, 2:, :-1], x[0, :, :-2, 1:])
    assert black(after[0])[:2].all()
    assert black(after[0])[:, -1].all()


def test_crops_are_all_alike():
    drawn = RandomCrop(1).draw(9000, generator("crop"))
    counts = (drawn[:, 0] * 3 + drawn[:, 1]).bincount(minlength=9)
    assert (counts - 1000).abs().max() < 4 * (9000 * 8 / 81) ** 0.5


def test_a_flip_changes_left_and_right_of_those_that_drew_it():
    x = images(2, 3, 9, 7)
    after = HorizontalFlip(0.5)(x, torch.tensor([True, False]))
    assert torch.equal(after[0], x[0].flip(-1))
    assert torch.equal(after[1], x[1])


@pytest.mark.parametrize(("probability", "low", "high"), [(0.0, 0, 0), (0.25, 850, 1150), (1.0, 4000, 4000)])
def test_flips_are_as_many_as_asked(probability, low, high):
    assert low <= HorizontalFlip(probability).draw(4000, generator("flip")).sum() <= high


@pytest.mark.parametrize("side", [8, 9])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_exact(side, quarters):
    x = images(1, 3, side, side)
    angle = torch.tensor([torch.pi / 2 * quarters])
    after = Rotation(180.0)(x, torch.stack([angle.cos(), angle.sin()], 1))
    assert torch.equal(after, x.rot90(quarters, (-2, -1)))


@pytest.mark.parametrize("shape", SHAPES)
def test_rotations_are_torchvisions(shape):
    """But for pixels that lie half-way between two, where rounding decides."""
    x = images(16, *shape)
    drawn = Rotation(180.0).draw(16, generator("rotation"))
    angles = torch.atan2(drawn[:, 1], drawn[:, 0]).rad2deg().tolist()
    after = Rotation(180.0)(x, drawn)
    expected = torch.stack([v2.functional.rotate(image, angle) for image, angle in zip(x, angles, strict=True)])
    assert (after == expected).float().mean() > 0.995


def test_angles_are_uniform_to_both_sides():
    drawn = Rotation(20.0).draw(4000, generator("rotation"))
    angles = torch.atan2(drawn[:, 1], drawn[:, 0]).rad2deg()
    assert angles.abs().max() <= 20 + 1e-4
    assert (angles.histc(8, -20, 20) - 500).abs().max() < 4 * (4000 * 7 / 64) ** 0.5
