"""Data sets whose groups are known: how often ground and class, colour and label, group and class go together."""

import pytest
import torch

from datasets.environments.biased_numbers import biased_numbers
from datasets.environments.colored_digits import colored_digits
from datasets.environments.textured_digits import textured_digits
from tests.datasets.environments.examples import digits


def test_the_ground_goes_with_the_class_in_the_share_that_is_asked_for():
    split = textured_digits(source=digits(), shortcut=0.9, test_shortcut=0.5, brightness=1.0)
    for k in range(2):
        assert ((split.domain == split.y)[split.y == k]).float().mean().item() == pytest.approx(0.9)
        assert ((split.test_domain == split.test_y)[split.test_y == k]).float().mean().item() == pytest.approx(0.5)


def test_the_ground_is_upright_or_level_and_no_darker_than_the_digit():
    source = digits()
    split = textured_digits(source=source, shortcut=0.5, test_shortcut=0.5, brightness=1.0)
    bright = split.x[:, 0] == source.x.max()
    upright = bright.all(1).any(1)  # a whole column
    level = bright.all(2).any(1)
    assert torch.equal(level & ~upright, split.domain == 1)
    assert torch.equal(upright & ~level, split.domain == 0)
    assert (split.x >= source.x).all()
    plain = textured_digits(source=source, shortcut=0.5, test_shortcut=0.5, brightness=0.0)
    assert torch.equal(plain.x, source.x)


def test_colours_of_an_environment_that_is_left_out_turn_around():
    split = colored_digits(
        source=digits(6000, 2000), label_noise=0.25, color_flips=[0.1, 0.2, 0.9], held_out=0.9,
        validated_on="training", oracle_share=0.2,
    )  # fmt: skip
    colour = split.x.flatten(2).sum(-1).argmax(1)
    for k, flip in enumerate((0.1, 0.2)):
        assert (colour == split.given)[split.domain == k].float().mean().item() == pytest.approx(1 - flip, abs=0.05)
    tested = split.test_x.flatten(2).sum(-1).argmax(1)
    assert (tested == split.test_y).float().mean().item() == pytest.approx(0.1, abs=0.05)
    assert (split.given == split.y).float().mean().item() == pytest.approx(0.75, abs=0.05)


def test_groups_have_their_base_rates_and_their_noise():
    split = biased_numbers(
        num_train=40000, num_test=100, minority=0.2, base_rates=[0.5, 0.2], distance=2.0, noise=[1.0, 1.5], shown=True
    )
    assert split.domain.float().mean().item() == pytest.approx(0.2, abs=0.01)
    for group, (rate, noise) in enumerate(((0.5, 1.0), (0.2, 1.5))):
        its = split.domain == group
        assert split.y[its].float().mean().item() == pytest.approx(rate, abs=0.02)
        means = [split.x[its & (split.y == k), :4].mean(0) for k in range(2)]
        assert (means[1] - means[0]).norm().item() == pytest.approx(2.0, abs=0.1)
        assert split.x[its & (split.y == 0), :4].std(0).mean().item() == pytest.approx(noise, abs=0.05)
    assert torch.equal(split.x[:, -1] > 0, split.domain == 1)


@pytest.mark.parametrize("wrong", [{"base_rates": [0.5]}, {"noise": [1.0, 1.0, 2.0]}])
def test_two_groups_need_two_numbers(wrong):
    usual = {"num_train": 9, "num_test": 9, "minority": 0.2, "base_rates": [0.5, 0.2], "distance": 2.0, "shown": False}
    with pytest.raises(ValueError, match="must be two numbers"):
        biased_numbers(**usual | {"noise": [1.0, 1.5]} | wrong)
