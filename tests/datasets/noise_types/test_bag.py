"""Noise of bags: labels are dealt anew within each."""

import torch

from tests.datasets.noise_types.flipping import Y, about


def test_a_bag_keeps_the_counts_of_its_labels(flip):
    """Where one bag holds everything, all labels are dealt out anew and none is lost."""
    given = flip("bag", 1.0, labels=Y[:1000], size=1000)
    assert torch.equal(given.bincount(), Y[:1000].bincount())
    assert about((given == Y[:1000]).double().mean().item(), 0.1, 1000)


def test_a_label_stays_in_its_bag(flip):
    """Labels are all different here, so that bags can be told from what was dealt."""
    labels = torch.arange(1000)
    given = flip("bag", 1.0, labels=labels, size=2)
    swapped = given != labels
    assert torch.equal(given[given], labels)  # in a bag of two, who has mine, has I whose
    assert about(swapped.double().mean().item(), 0.5, 500)
