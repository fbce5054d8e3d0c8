"""Random erasing: the size, the place and the filling of rectangles."""

import math

import pytest
import torch
from torchvision.transforms import v2

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.augments.random_erasing import Erased
from tests.parts.images import alone, images, streams


def rectangles(probability=1.0, areas=(0.02, 0.4), aspect=0.3, size=(32, 32), n=4000):
    return Erased(size, probability, areas, aspect, None).draw(n, generator("erasing")).long()


def test_a_rectangle_is_erased_and_nothing_else():
    x = images(2, 3, 12, 8)
    drawn = torch.tensor([[2, 1, 5, 3], [0, 0, 0, 0]], dtype=torch.int16)
    after = Erased((12, 8), 1.0, (0.02, 0.4), 0.3, None)(x, drawn)
    wanted = x.clone()
    wanted[0, :, 2:7, 1:4] = 0
    assert torch.equal(after, wanted)


def test_numbers_come_in_where_it_is_filled():
    x, shape = images(3, 2, 12, 8), (2, 12, 8)
    several = Erased(shape[1:], 1.0, (0.3, 0.4), 0.5, shape)
    drawn = several.draw(3, generator("erasing"))
    numbers = drawn[:, 4:].view(3, *shape)
    assert (numbers.min(), numbers.max()) == (0, 255)
    wanted = x.clone()
    for i, (top, left, height, width) in enumerate(drawn[:, :4].tolist()):
        place = (i, slice(None), slice(top, top + height), slice(left, left + width))
        wanted[place] = numbers[place].to(torch.uint8)
    assert torch.equal(several(x, drawn), wanted)


def test_sides_are_those_of_an_area_and_an_aspect():
    top, left, height, width = rectangles(n=20_000).double().unbind(1)
    assert (height >= 1).all()
    assert (height < 32).all()
    area, aspect = height * width / 32**2, height / width
    assert 0.01 < area.min() < area.max() < 0.42
    assert aspect.log().mean().abs() < 0.02  # upright as often as lying
    assert (top + height).max() == (left + width).max() == 32
    assert top.min() == left.min() == 0


def test_the_law_is_torchvisions():
    """Areas, aspects and places of torchvision's, whose stream is its own: means agree."""
    theirs = v2.RandomErasing(p=1.0, scale=(0.05, 0.3), ratio=(0.4, 1 / 0.4))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = [theirs.make_params([torch.zeros(3, 32, 32)]) for _ in range(4000)]
    wanted = torch.tensor([[each[k] for k in ("i", "j", "h", "w")] for each in made]).double()
    ours = rectangles(areas=(0.05, 0.3), aspect=0.4).double()
    spread = (wanted.var(0) / 4000 + ours.var(0) / 4000).sqrt()
    assert ((ours.mean(0) - wanted.mean(0)).abs() < 4 * spread).all()
    assert ours.std(0).tolist() == pytest.approx(wanted.std(0).tolist(), rel=0.05)


@pytest.mark.parametrize(("probability", "low", "high"), [(0.0, 0, 0), (0.25, 850, 1150), (1.0, 4000, 4000)])
def test_rectangles_are_as_many_as_asked(probability, low, high):
    assert low <= (rectangles(probability)[:, 2] > 0).sum() <= high


def test_an_image_in_which_none_fits_stays():
    assert rectangles(areas=(1.0, 1.0), aspect=1.0)[:, 2:].sum() == 0


def test_squares_have_the_area_that_is_asked():
    drawn = rectangles(areas=(0.25, 0.25), aspect=1.0)
    assert drawn[:, 2:].unique().tolist() == [math.sqrt(0.25) * 32]


def test_none_is_no_erasing():
    x = images(2, 4, 3, 8, 8)
    assert torch.equal(alone("random_erasing", (3, 8, 8), probability=0)(x, streams(1, 2)), x)


def test_areas_out_of_order_are_refused():
    with pytest.raises(ConfigError, match=r"smallest=0\.5: must be at most largest=0.4"):
        alone("random_erasing", (3, 8, 8), smallest=0.5)
