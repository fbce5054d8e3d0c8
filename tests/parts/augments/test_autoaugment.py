"""AutoAugment: its pairs of operations, and how often they are made."""

import pytest
import torch
from torchvision.transforms import AutoAugmentPolicy, v2

from runner.data.streams import generator
from runner.parts.augments.autoaugment import SubPolicy
from runner.parts.augments.policies import policy
from tests.parts.augments.test_trivial_augment import title
from tests.parts.images import images

NAMES = ["cifar10", "imagenet", "svhn"]


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_is_torchvisions(name):
    theirs, x = v2.AutoAugment(AutoAugmentPolicy(name)), images(3, 3, 32, 40)
    ours = SubPolicy(32, 40, name)
    flat = [each for pair in policy(name) for each in pair]
    for i, (operation, _, magnitude) in enumerate(flat):
        magnitudes, signed = theirs._AUGMENTATION_SPACE[title(operation)]
        bins = magnitudes(10, 32, 40)
        rounding = int(operation in ("brightness", "color", "contrast", "sharpness"))  # theirs is a float32
        for j, sign in enumerate((1, -1)):
            value = 0.0 if bins is None else float(bins[magnitude]) * (sign if signed else 1)
            wanted = theirs._apply_image_or_video_transform(
                x, title(operation), value, interpolation=theirs.interpolation, fill=theirs._fill
            )
            torch.testing.assert_close(ours.choices[2 * i + j](x), wanted, rtol=0, atol=rounding)
    assert torch.equal(ours.choices[-1](x), x)
    assert len(ours.choices) == 101


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_drawn_alike_and_made_as_often_as_they_say(name):
    ours, n = SubPolicy(32, 32, name), 50_000
    drawn = ours.draw(n, generator("drawn"))
    for step in range(2):
        counts = drawn[:, step].bincount(minlength=101)
        pairs = counts[:100].view(25, 2, 2)
        assert pairs[:, 1 - step].sum() == 0  # a first operation is never made second
        wanted = n / 25 * torch.tensor([pair[step][1] for pair in policy(name)])
        assert (pairs[:, step].sum(1) - wanted).abs().max() < 5 * (n / 25) ** 0.5
        assert (pairs[:, step, 0] - pairs[:, step, 1]).abs().max() < 5 * (n / 25) ** 0.5


def test_the_operations_follow_one_another():
    ours, x = SubPolicy(32, 32, "svhn"), images(2, 3, 32, 32)
    drawn = torch.tensor([[0, 2], [100, 100]])  # shear_x, then invert; nothing
    after = ours(x, drawn)
    assert torch.equal(after[0], ours.choices[2](ours.choices[0](x[:1]))[0])
    assert torch.equal(after[1], x[1])
