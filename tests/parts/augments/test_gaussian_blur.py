"""Gaussian blur: torchvision's, of deviations that each image draws."""

import pytest
import torch
from torchvision.transforms.v2.functional import gaussian_blur

from runner.console.errors import ConfigError
from runner.data.streams import generator
from tests.parts.images import alone, images, streams


def test_it_is_torchvisions_with_the_same_draws():
    x, ours = images(12, 3, 32, 40), alone("gaussian_blur", (3, 32, 40)).transformation
    drawn = ours.draw(12, generator("blur"))
    assert 0 < (drawn == 0).sum() < 12
    for image, made, deviation in zip(x, ours(x, drawn), drawn.tolist(), strict=True):
        assert torch.equal(made, gaussian_blur(image, [5, 5], [deviation] * 2) if deviation else image)


def test_so_many_are_blurred_and_by_as_much_as_said():
    ours = alone("gaussian_blur", (1, 8, 8), probability=0.25, least=0.5, most=1.5).transformation
    drawn = ours.draw(16_000, generator("blur"))
    blurred = drawn[drawn > 0]
    assert abs(len(blurred) - 4000) < 5 * 3000**0.5
    assert 0.5 <= blurred.min() <= blurred.max() <= 1.5
    assert (blurred.float().histc(8, 0.5, 1.5) - len(blurred) / 8).abs().max() < 5 * 500**0.5


def test_it_can_be_left_out():
    x = images(2, 4, 1, 8, 8)
    assert torch.equal(alone("gaussian_blur", (1, 8, 8), probability=0)(x, streams(1, 2)), x)


def test_a_span_that_is_none_is_refused():
    with pytest.raises(ConfigError, match=r"least=3.0: must be at most most=2.0"):
        alone("gaussian_blur", (1, 8, 8), least=3.0)
