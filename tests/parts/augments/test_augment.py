"""Several transformations in a row: which there are, what they draw, and what is refused."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.parts.augments.cutout import Cutout
from runner.parts.augments.geometry import HorizontalFlip, RandomCrop, Rotation
from tests.parts.images import augment, images, streams


@pytest.mark.parametrize("name", ["standard", "strong"])
def test_seeds_differ_and_batches_differ(name):
    x = images(1, 8, 3, 32, 32).expand(2, -1, -1, -1, -1)
    change, stream = augment(name, (3, 32, 32)), streams(1, 2)
    first, second = change(x, stream), change(x, stream)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])


def test_draws_do_not_depend_on_the_images():
    stream, same = streams(1), streams(1)
    change = augment("strong", (3, 32, 32))
    change(images(1, 8, 3, 32, 32), stream)
    change(torch.zeros(1, 8, 3, 32, 32, dtype=torch.uint8), same)
    assert torch.equal(stream[0].get_state(), same[0].get_state())


def test_all_can_be_left_out():
    x = images(2, 4, 3, 8, 8)
    left_out = augment("strong", (3, 8, 8), padding=0, flip=0, degrees=0, num_ops=0, cutout=0)
    assert torch.equal(left_out(x, streams(1, 2)), x)


@pytest.mark.parametrize(
    ("key", "alone"), [("padding", RandomCrop), ("flip", HorizontalFlip), ("degrees", Rotation), ("cutout", Cutout)]
)
def test_one_can_be_used_alone(key, alone):
    others = dict.fromkeys(("padding", "flip", "degrees", "num_ops", "cutout"), 0)
    kept = augment("strong", (3, 8, 8), **{k: v for k, v in others.items() if k != key})
    assert [type(t) for t in kept.transformations] == [alone]


def test_standard_is_a_crop_and_a_flip_of_the_padded_image():
    x = images(1, 64, 3, 9, 7)
    after = augment("standard", (3, 9, 7), padding=2)(x, streams(1))[0]
    found = set()
    for image, made in zip(x[0], after, strict=True):
        padded = torch.nn.functional.pad(image, (2, 2, 2, 2))
        crops = {
            (row, column, flipped): crop.flip(-1) if flipped else crop
            for row in range(5)
            for column in range(5)
            for crop in [padded[:, row : row + 9, column : column + 7]]
            for flipped in (False, True)
        }
        (which,) = [key for key, crop in crops.items() if torch.equal(crop, made)]
        found.add(which)
    assert {f for *_, f in found} == {False, True}
    assert {r for r, *_ in found} == {c for _, c, _ in found} == set(range(5))


@pytest.mark.parametrize("name", ["standard", "strong"])
def test_what_is_no_image_is_refused(name):
    with pytest.raises(ConfigError, match=r"augment is for images; this data set has inputs of shape \(8,\)"):
        augment(name, (8,))


@pytest.mark.parametrize(
    ("key", "value"), [("padding", -1), ("flip", 1.5), ("degrees", 200), ("magnitude", 31), ("cutout", 2)]
)
def test_a_number_out_of_range_is_refused(key, value):
    with pytest.raises(ConfigError, match=f"augment.{key}={value}"):
        augment("strong", (3, 8, 8), **{key: value})
