"""AugMix: its mixture is torchvision's, and what it draws."""

import pytest
import torch
from torchvision.transforms import v2

from runner.data.streams import generator
from runner.parts.augments.augmix import Mixture
from tests.parts.augments.test_trivial_augment import title
from tests.parts.images import alone, images, streams


@pytest.mark.parametrize("all_ops", [False, True])
def test_the_changes_are_torchvisions(all_ops):
    theirs, x = v2.AugMix(all_ops=all_ops), images(3, 3, 32, 40)
    space = theirs._AUGMENTATION_SPACE if all_ops else theirs._PARTIAL_AUGMENTATION_SPACE
    changes = iter(alone("augmix", (3, 32, 40), all_ops=all_ops).transformation.changes)
    order = ["shear_x", "shear_y", "translate_x", "translate_y", "rotate"]
    order += ["brightness", "color", "contrast", "sharpness"] if all_ops else []
    order += ["posterize", "solarize", "autocontrast", "equalize"]
    assert {title(name) for name in order} == set(space)
    for name in order:
        magnitudes, signed = space[title(name)]
        bins = magnitudes(10, 32, 40)
        for level in range(3):
            for sign in (1, -1):
                value = 0.0 if bins is None else float(bins[level]) * (sign if signed else 1)
                wanted = theirs._apply_image_or_video_transform(
                    x, title(name), value, interpolation=theirs.interpolation, fill=theirs._fill
                )
                torch.testing.assert_close(next(changes)(x), wanted, rtol=0, atol=1)
    assert torch.equal(next(changes)(x), x)
    assert next(changes, None) is None


def test_a_mixture_is_by_its_shares():
    x = images(2, 3, 8, 8)
    several = Mixture([lambda x: 255 - x, lambda x: x // 2, lambda x: x], 2, 1.0)
    drawn = torch.tensor([[0.5, 0.3, 0.2, 0, 1, 2, 1, 1, 2], [1.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0]], dtype=torch.float64)
    after = several(x, drawn)
    image = x[0].double()
    first, second = (255 - x[0]) // 2, x[0] // 2 // 2
    torch.testing.assert_close(after[0].double(), (0.5 * image + 0.3 * first + 0.2 * second).round(), rtol=0, atol=1)
    assert torch.equal(after[1], x[1])


@pytest.mark.parametrize("alpha", [0.5, 1.0, 4.0])
def test_shares_are_of_their_distributions(alpha):
    n = 20_000
    drawn = Mixture([lambda x: x] * 9, 3, alpha).draw(n, generator("augmix"))
    image, chains = drawn[:, 0], drawn[:, 1:4]
    torch.testing.assert_close(drawn[:, :4].sum(1), torch.ones(n, dtype=torch.float64))
    for shares, k in ((image, 2), ((chains / chains.sum(1, keepdim=True))[:, 0], 3)):
        assert shares.mean() == pytest.approx(1 / k, abs=0.01)
        assert shares.var() == pytest.approx((k - 1) / k**2 / (k * alpha + 1), rel=0.05)  # of a Dirichlet's share


def test_chains_have_one_to_three_changes_all_alike():
    n = 9000
    chosen = Mixture([lambda x: x] * 9, 3, 1.0).draw(n, generator("augmix"))[:, 4:].long().view(-1, 3)
    made = chosen < 8
    assert torch.equal(made, made.cummin(1).values)
    lengths = made.sum(1).bincount(minlength=4)
    assert lengths[0] == 0
    assert (lengths[1:] - n).abs().max() < 5 * n**0.5
    counts = chosen[made].bincount(minlength=8)
    assert (counts - made.sum() / 8).abs().max() < 5 * (made.sum() / 8) ** 0.5


def test_a_flat_image_of_white_stays_in_range():
    x = torch.full((1, 64, 3, 16, 16), 255, dtype=torch.uint8)
    after = alone("augmix", (3, 16, 16), chains=5)(x, streams(1))
    assert after.float().mean() > 128  # an overflow would be black
