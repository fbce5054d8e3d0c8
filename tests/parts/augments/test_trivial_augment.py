"""TrivialAugment: its operations are torchvision's, one an image, all alike."""

import pytest
import torch
from torchvision.transforms import v2

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.augments.operations import operations
from runner.parts.augments.trivial_augment import RANGES, AnyOperation
from tests.parts.augments.test_rand_augment import TORCHVISION
from tests.parts.images import alone, augment, images, streams


def title(name):
    return TORCHVISION.get(name, name.title().replace("_", ""))


def test_the_operations_are_torchvisions():
    assert [title(name) for name in RANGES] == list(v2.TrivialAugmentWide._AUGMENTATION_SPACE)


@pytest.mark.parametrize("level", [0, 1, 7, 14, 22, 30])
@pytest.mark.parametrize("name", RANGES)
def test_an_operation_is_torchvisions(name, level):
    theirs, x = v2.TrivialAugmentWide(), images(4, 3, 32, 40)
    magnitudes, signed = theirs._AUGMENTATION_SPACE[title(name)]
    bins = magnitudes(31, 32, 40)
    rounding = int(name in ("brightness", "color", "contrast", "sharpness"))  # theirs is a float32
    for sign in (1, -1):
        value = 0.0 if bins is None else float(bins[level]) * (sign if signed else 1)
        wanted = theirs._apply_image_or_video_transform(
            x, title(name), value, interpolation=theirs.interpolation, fill=theirs._fill
        )
        ours = operations()[name](x, RANGES[name](sign * level / 30))
        torch.testing.assert_close(ours, wanted, rtol=0, atol=rounding)


def test_half_of_a_translation_is_half_of_it():
    """Torchvision's float32 makes 15 pixels of the 16."""
    assert int(RANGES["translate_x"](15 / 30)) == int(RANGES["translate_y"](15 / 30)) == 16


def test_every_image_gets_the_one_that_it_drew():
    x, several = images(50, 3, 32, 32), AnyOperation()
    drawn = several.draw(50, generator("drawn"))
    after = several(x, drawn)
    for image, made, choice in zip(x, after, drawn.tolist(), strict=True):
        name, level = list(RANGES)[choice // 62], choice % 62
        share = level // 2 / 30 * (-1 if level % 2 else 1)
        assert torch.equal(made, operations()[name](image[None], RANGES[name](share))[0])


def test_all_are_drawn_alike():
    counts = AnyOperation().draw(14 * 62 * 50, generator("drawn")).bincount(minlength=14 * 62)
    assert len(counts) == 14 * 62
    assert (counts - 50).abs().max() < 5 * 50**0.5


def test_crops_and_flips_come_first():
    x = images(1, 16, 3, 32, 32)
    both, first, then = (streams(1) for _ in range(3))
    cropped = augment("standard", (3, 32, 32))(x, first)
    augment("standard", (3, 32, 32))(x, then)  # as many draws
    assert torch.equal(
        augment("trivial_augment", (3, 32, 32))(x, both), alone("trivial_augment", (3, 32, 32))(cropped, then)
    )


@pytest.mark.parametrize("name", ["trivial_augment", "autoaugment", "augmix", "color_jitter"])
def test_channels_without_a_colour_are_refused(name):
    with pytest.raises(ConfigError, match="1 or 3 channels, not 2; use augment=standard"):
        alone(name, (2, 8, 8))
