"""Signals are shifted, scaled, made noisy and masked, each by itself as said."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.contracts.make import make
from tests.parts.images import augment, signals, streams
from tests.zoo import node

NOTHING = {"shift": 0, "scale": 0.0, "noise": 0.0, "mask": 0}
D = 40


def changed(x, **asked):
    return augment("signal", (D,), **NOTHING | asked)(x[None], streams(3))[0]


def many(row, count=6000):
    return row.expand(count, D).clone()


def test_what_is_left_out_leaves_the_signal():
    x = signals(5, D)
    assert torch.equal(changed(x), x)


def test_shifts_go_around_and_are_all_alike():
    row = torch.arange(D).float()
    moved = changed(many(row), shift=2)
    counts = [sum(torch.equal(each, row.roll(by)) for each in moved) for by in range(-2, 3)]
    assert sum(counts) == 6000
    assert all(abs(count - 1200) < 5 * 1200**0.5 for count in counts)


def test_a_factor_is_of_the_whole_signal_and_uniform():
    row = torch.linspace(1, 2, D)
    factors = changed(many(row), scale=0.3) / row
    assert (factors.amax(1) - factors.amin(1)).max() < 1e-6
    assert 0.7 <= factors.min() < 0.71 < 1.29 < factors.max() <= 1.3
    assert abs(factors[:, 0].mean() - 1) < 5 * 0.6 / 12**0.5 / 6000**0.5


def test_noise_is_normal_and_of_each_sample():
    noise = changed(torch.zeros(6000, D), noise=0.1)
    assert abs(noise.std() - 0.1) < 5 * 0.1 / (2 * noise.numel()) ** 0.5
    assert (noise.T.corrcoef() - torch.eye(D)).abs().max() < 0.08


def test_a_mask_is_of_neighbours_anywhere():
    masked = changed(torch.ones(6000, D), mask=6) == 0
    assert (masked.sum(1) == 6).all()
    first = masked.int().argmax(1)
    assert all(row[at : at + 6].all() for row, at in zip(masked, first, strict=True))
    assert first.unique().tolist() == list(range(D - 5))


def test_sizes_are_in_deviations_of_the_inputs():
    given = {"input_shape": (D,), "mean": torch.tensor([7.0]), "std": torch.tensor([50.0])}
    noisy = make("augment", node("signal", "augment") | NOTHING | {"noise": 0.1}, given)
    masking = make("augment", node("signal", "augment") | NOTHING | {"mask": D}, given)
    x = torch.full((1, 6000, D), 7.0)
    assert abs(noisy(x, streams(1)).std() - 5) < 0.1
    assert torch.equal(masking(x + 30, streams(1)), x)


@pytest.mark.parametrize(
    ("shape", "asked", "line"),
    [
        ((1, 8, 8), {}, r"signal is for vectors; this data set has inputs of shape \(1, 8, 8\), use augment=standard"),
        ((4,), {"shift": 0}, "mask=6: a vector has 4 samples; must be at most so many"),
        ((4,), {"mask": 0}, "shift=6: a vector has 4 samples; must be at most so many"),
    ],
)
def test_what_is_no_signal_is_refused(shape, asked, line):
    with pytest.raises(ConfigError, match=line):
        augment("signal", shape, **asked)
