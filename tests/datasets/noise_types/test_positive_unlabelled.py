"""Positives that are called negative: how many, and that no negative moves."""

import pytest
import torch

from datasets.noise_types.positive_unlabelled import positive_unlabelled

N = 20_000
Y = torch.arange(N) % 2


def given(rate, seed=0):
    return positive_unlabelled(Y, 2, rate, torch.Generator().manual_seed(seed))


def test_positives_lose_their_label_at_the_rate_and_negatives_keep_theirs():
    seen = given(0.3)
    lost = (seen != Y)[Y == 1].double().mean().item()
    assert abs(lost - 0.3) <= 4 * (0.21 / (N / 2)) ** 0.5
    assert torch.equal(seen[Y == 0], Y[Y == 0])
    prior = Y[seen == 0].double().mean().item()
    assert prior == pytest.approx(0.3 / 1.3, abs=0.01)  # as the docstring has it


def test_a_larger_rate_takes_the_same_and_more():
    low, high = given(0.2), given(0.5)
    assert (high <= low).all()
    assert torch.equal(given(0.0), Y)
    assert given(1.0).sum() == 0
    assert not torch.equal(given(0.2), given(0.2, seed=1))


def test_other_than_two_classes_are_refused():
    with pytest.raises(ValueError, match=r"noise_type=positive_unlabelled: needs two classes, .* has 10"):
        positive_unlabelled(Y, 10, 0.3, torch.Generator())
