"""Pictures of one rectangle."""

import torch

from datasets.boxes import boxes

MADE = boxes(num_train=50, num_test=10, side=16, smallest=0.25, noise=0.0, task="boxes").checked()


def test_the_bright_pixels_are_the_rectangle():
    for picture, (x1, y1, x2, y2) in zip(MADE.x[:, 0], (MADE.y * 16).round().long().tolist(), strict=True):
        inside = torch.zeros(16, 16, dtype=torch.bool)
        inside[y1:y2, x1:x2] = True
        assert torch.equal(picture > 0, inside)
        assert x2 - x1 >= 4
        assert y2 - y1 >= 4


def test_targets_are_shares_of_the_side():
    assert MADE.y.min() >= 0
    assert MADE.y.max() <= 1
    assert MADE.y.shape == (50, 4)
    assert MADE.test_y.shape == (10, 4)


def test_it_is_the_same_each_time_and_noise_moves_pixels_alone():
    noisy = boxes(num_train=50, num_test=10, side=16, smallest=0.25, noise=20.0, task="boxes")
    assert torch.equal(noisy.y, MADE.y)
    assert not torch.equal(noisy.x, MADE.x)
