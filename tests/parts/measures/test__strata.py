"""Shares of examples by class, against scikit-learn's and the definition."""

import pytest
import torch
from sklearn.model_selection import train_test_split

from runner.parts.measures._strata import of_share

K, N = 10, 4000


def drawn(*sizes, seed=0):
    """(1, N) labels with these many of each class, shuffled."""
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    return labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))][None]


def counts(labels, place, k):
    return labels.gather(1, place)[0].bincount(minlength=k).tolist()


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_each_class_has_its_share_as_in_scikit_learn(share):
    sizes = [400 + 20 * (i - 5) for i in range(K)]
    labels = drawn(*sizes, N - sum(sizes))
    few, _ = train_test_split(labels[0], train_size=round(share * N), stratify=labels[0], random_state=0)
    ours, theirs = counts(labels, of_share(labels, share, K + 1), K + 1), few.bincount(minlength=K + 1).tolist()
    assert sum(ours) == sum(theirs) == round(share * N)
    assert max(abs(one - other) for one, other in zip(ours, theirs, strict=True)) <= 1


def test_a_rare_class_has_one():
    labels = drawn(980, 18, 2)
    assert counts(labels, of_share(labels, 0.01, 3), 3) == [8, 1, 1]


def test_there_is_one_of_each_class_where_the_share_is_less_than_that():
    labels = drawn(30, 30, 30)
    assert counts(labels, of_share(labels, 0.01, 3), 3) == [1, 1, 1]


def test_a_class_of_which_there_is_nothing_has_none():
    labels = drawn(50, 0, 50)
    assert counts(labels, of_share(labels, 0.1, 3), 3) == [5, 0, 5]


def test_the_first_of_each_class_are_taken_and_a_seed_is_as_it_is_alone():
    labels = torch.cat([drawn(60, 40), drawn(10, 90, seed=1)])
    place = of_share(labels, 0.2, 2)
    for seed in range(2):
        assert torch.equal(place[[seed]], of_share(labels[[seed]], 0.2, 2))
        for k in range(2):
            there = (labels[seed] == k).nonzero()[:, 0]
            mine = sorted(place[seed][labels[seed, place[seed]] == k].tolist())
            assert mine == there[: len(mine)].tolist()
