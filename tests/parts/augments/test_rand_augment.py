"""RandAugment: its operations are torchvision's, and each image has its own."""

import pytest
import torch
from torchvision.transforms import v2

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.augments.operations import operations
from runner.parts.augments.rand_augment import RandAugment, ranges
from tests.parts.images import SHAPES, augment, images, streams

OPERATIONS = list(ranges(1, 1))
TORCHVISION = {"identity": "Identity", "autocontrast": "AutoContrast"}  # others: "shear_x" is its "ShearX"


def test_rand_augment_refuses_channels_without_a_colour():
    with pytest.raises(ConfigError, match="1 or 3 channels, not 2; num_ops=0"):
        augment("strong", (2, 8, 8))
    augment("strong", (2, 8, 8), num_ops=0)(images(1, 2, 2, 8, 8), streams(1))


def operation(name, height, width):
    """Of images and a share of its range."""
    run, value = operations()[name], ranges(height, width)[name]
    return lambda x, a: run(x, value(a))


def torchvisions(name, x, magnitude, sign):
    """The operation as v2.RandAugment does it to a whole batch."""
    theirs = v2.RandAugment()
    title = TORCHVISION.get(name, name.title().replace("_", ""))
    magnitudes, signed = theirs._AUGMENTATION_SPACE[title]
    bins = magnitudes(31, *x.shape[-2:])
    value = 0.0 if bins is None else float(bins[magnitude]) * (sign if signed else 1)
    return theirs._apply_image_or_video_transform(
        x, title, value, interpolation=theirs.interpolation, fill=theirs._fill
    )


def test_the_operations_are_torchvisions():
    titles = [TORCHVISION.get(name, name.title().replace("_", "")) for name in OPERATIONS]
    assert titles == list(v2.RandAugment._AUGMENTATION_SPACE)


@pytest.mark.parametrize("magnitude", [0, 1, 9, 20, 30])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_torchvisions(name, magnitude):
    rounding = int(name in ("brightness", "color", "contrast", "sharpness"))  # theirs is a float32 1.6
    for shape in ((3, 32, 32), (1, 28, 20)):
        x = images(4, *shape)
        for sign in (1, -1):
            ours = operation(name, *shape[1:])(x, sign * magnitude / 30)
            torch.testing.assert_close(ours, torchvisions(name, x, magnitude, sign), rtol=0, atol=rounding)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_treats_images_one_by_one(name, shape):
    x = images(37, *shape)
    run = operation(name, *shape[1:])
    assert torch.equal(run(x, 0.3), torch.cat([run(image[None], 0.3) for image in x]))


def test_every_image_gets_the_operation_that_it_drew():
    x = images(28, 3, 32, 32)
    several = RandAugment(3, 32, 32, 1, 9)
    drawn = torch.randperm(28, generator=generator("drawn"))
    after = several(x, drawn[:, None])
    for image, made, choice in zip(x, after, drawn.tolist(), strict=True):
        share = -0.3 if choice % 2 else 0.3
        assert torch.equal(made, operation(OPERATIONS[choice // 2], 32, 32)(image[None], share)[0])


def test_operations_follow_one_another():
    x = images(1, 3, 32, 32)
    rotate, solarize = (2 * OPERATIONS.index(name) for name in ("rotate", "solarize"))
    after = RandAugment(3, 32, 32, 2, 30)(x, torch.tensor([[rotate, solarize]]))
    assert torch.equal(after, v2.functional.solarize(v2.functional.rotate(x, 30.0), 0.0))


def test_operations_are_drawn_alike():
    drawn = RandAugment(3, 32, 32, 2, 9).draw(14000, generator("drawn"))
    counts = drawn.flatten().bincount(minlength=28)
    assert drawn.shape == (14000, 2)
    assert len(counts) == 28
    assert (counts - 1000).abs().max() < 4 * (28000 * 27 / 784) ** 0.5


def test_colour_leaves_grey_images_as_they_are():
    x = images(2, 1, 8, 8)
    assert torch.equal(operations()["color"](x, 0.9), x)
