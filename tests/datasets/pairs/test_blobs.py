"""Pairs of pictures: a place is known from its picture, and densities are those of the places."""

import torch

from datasets.pairs.gaussian import correlated
from tests.datasets.files import load


def test_places_are_known_from_pictures():
    split = load("blob_pairs", num_train=300, num_test=10).checked()
    assert split.x.shape == (300, 2, 8, 8)
    weights = split.x[:, 0].double()
    first, _, density = correlated(310, 2, 2.0, torch.Generator().manual_seed(0))
    brightest = weights.flatten(1).argmax(1)
    at = torch.stack([brightest % 8, brightest // 8], 1)
    expected = (torch.special.ndtr(first[:300]) * 0.75 + 0.125) * 7
    assert (at - expected).abs().max() <= 0.5 + 1e-6
    torch.testing.assert_close(split.y[:, 0], density[:300].float())


def test_different_places_have_different_pictures():
    x = load("blob_pairs", num_train=300, num_test=10).x[:, 0].flatten(1)
    apart = torch.cdist(x, x) + torch.eye(300)
    assert apart.min() > 1e-3
