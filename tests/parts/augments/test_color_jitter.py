"""Colour jitter: torchvision's changes, in an order and of strengths that each image draws."""

import torch
from torchvision.transforms import v2

from runner.data.streams import generator
from tests.parts.images import alone, images, streams


def test_it_is_torchvisions_with_the_same_draws():
    theirs = v2.ColorJitter(0.4, 0.4, 0.4, 0.1)
    x, ours = images(12, 3, 9, 7), alone("color_jitter", (3, 9, 7)).transformation
    drawn = ours.draw(12, generator("jitter"))
    for image, made, numbers in zip(x, ours(x, drawn), drawn.tolist(), strict=True):
        names = ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")
        params = {"fn_idx": list(map(int, numbers[:4]))} | dict(zip(names, numbers[4:], strict=True))
        assert torch.equal(made, theirs.transform(image, params))


def test_orders_and_strengths_are_drawn_as_said():
    ours = alone("color_jitter", (3, 8, 8), contrast=3.0).transformation
    drawn = ours.draw(24_000, generator("jitter"))
    orders = (drawn[:, :4] * torch.tensor([64, 16, 4, 1])).sum(1).long().bincount()
    assert (orders[orders > 0] - 1000).abs().max() < 5 * 1000**0.5
    assert (orders > 0).sum() == 24
    for strength, (low, high) in zip(drawn[:, 4:].T, [(0.6, 1.4), (0, 4), (0.6, 1.4), (-0.1, 0.1)], strict=True):
        assert low <= strength.min() <= strength.max() <= high
        assert (strength.float().histc(8, low, high) - 3000).abs().max() < 5 * 3000**0.5


def test_all_can_be_left_out():
    x = images(2, 4, 3, 8, 8)
    left_out = alone("color_jitter", (3, 8, 8), brightness=0, contrast=0, saturation=0, hue=0)
    assert torch.equal(left_out(x, streams(1, 2)), x)
