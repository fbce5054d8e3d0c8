"""Asymmetric noise in place, after the released generator."""

import pytest
import torch

from tests.datasets.noise_types.flipping import GARMENTS, K, Y, confusion

# class counts of 2,000 labels, 200 a class, after the released generator of Active-Passive-Losses; they do not depend
# on what was drawn
SEQUENTIAL = {
    0.1: [220, 220, 180, 202, 180, 198, 200, 220, 200, 180],
    0.2: [240, 240, 160, 208, 160, 192, 200, 240, 200, 160],
    0.3: [260, 260, 140, 218, 140, 182, 200, 260, 200, 140],
    0.4: [280, 280, 120, 232, 120, 168, 200, 280, 200, 120],
}


@pytest.mark.parametrize("rate", SEQUENTIAL)
def test_the_sequential_generator_gives_the_counts_of_the_released_one(flip, rate):
    given = flip("asymmetric_sequential", rate, labels=Y[:2000])
    assert given.bincount().tolist() == SEQUENTIAL[rate]


def test_the_sequential_generator_undoes_some_of_the_cats(flip):
    """The released generator was measured at 23.54% of cats, 39.54% of dogs and 18.31% of all on CIFAR-10's labels."""
    labels = torch.arange(50_000) % K
    shares = confusion(flip("asymmetric_sequential", 0.4, labels=labels), labels, K) / 5000
    back = 800  # of 2,800 draws among 5,000 dogs and 2,000 cats; its standard deviation is 18.5
    assert abs(shares[3, 5] - (2000 - back) / 5000) <= 4 * 18.5 / 5000
    assert abs(shares[5, 3] - 0.4) <= 4 * 18.5 / 5000
    assert abs(shares[3, 5] - 0.2354) < 0.02
    assert abs(shares[5, 3] - 0.3954) < 0.02
    assert abs(1 - shares.diagonal().mean() - 0.18308) < 0.004
    assert shares[9, 1] == shares[2, 0] == shares[4, 7] == 0.4


def test_a_chain_is_run_through_in_place_only(flip):
    """Ankle boots become sneakers, and some of these, sandals."""
    labels = Y[:2000]
    assert confusion(flip("asymmetric", 0.4, labels=labels, classes=GARMENTS), labels, K)[9, 5] == 0
    assert confusion(flip("asymmetric_sequential", 0.4, labels=labels, classes=GARMENTS), labels, K)[9, 5] > 0
