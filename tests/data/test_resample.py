"""Training and test examples, drawn anew."""

import pytest
import torch

from datasets.split import Split
from runner.compose.schema import DataConfig
from runner.console.errors import ConfigError
from runner.data.prepare import load, prepare
from runner.data.resample import resampled

TRAIN, TEST, K = 400, 100, 5


def split(**changed):
    """Each input is the number of its example."""
    numbers, y = torch.arange(float(TRAIN + TEST))[:, None], torch.arange(TRAIN + TEST) % K
    parts = (numbers[:TRAIN], y[:TRAIN], numbers[TRAIN:], y[TRAIN:])
    return Split(*parts, tuple("abcde"), torch.zeros(1), torch.ones(1))._replace(**changed)


@pytest.mark.parametrize("how", ["bootstrap", "folds"])
def test_every_example_is_on_one_side_with_its_label(how):
    made = resampled(split(), how, 3)
    numbers = torch.cat([made.x, made.test_x])[:, 0].sort().values
    assert torch.equal(numbers, torch.arange(float(TRAIN + TEST)))
    assert torch.equal(made.y, made.x[:, 0].long() % K)
    assert torch.equal(made.test_y, made.test_x[:, 0].long() % K)
    assert torch.equal(made.source_index, made.x[:, 0].long())


def test_a_bootstrap_is_as_large_as_the_training_part_and_has_its_share_of_each_class():
    made = resampled(split(), "bootstrap", 3)
    assert made.y.repeat_interleave(made.copies).bincount().tolist() == [TRAIN // K] * K
    assert made.copies.min() == 1
    assert made.copies.max() > 1


def test_what_a_bootstrap_leaves_for_testing_is_the_share_that_chance_leaves():
    """(1 - 1/n)^m of n examples of a class, of which m are drawn; in the mean over keys, to five standard errors."""
    left = torch.tensor([float(len(resampled(split(), "bootstrap", key).test_y)) for key in range(100)])
    expected = (TRAIN + TEST) * (1 - K / (TRAIN + TEST)) ** (TRAIN // K)
    assert abs(left.mean() - expected) < 5 * left.std() / 10
    assert left.std() > 0


def test_folds_are_as_large_as_the_test_part_and_meet_every_example_once():
    tested = [resampled(split(), "folds", key).test_x[:, 0] for key in range(6)]
    assert all(len(its) == TEST for its in tested)
    assert torch.equal(torch.cat(tested[:5]).sort().values, torch.arange(float(TRAIN + TEST)))
    assert not torch.equal(tested[0], tested[5]), "another division"


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("environments", {"domain": torch.zeros(TRAIN)}),
        ("groups", {"group": torch.zeros(TRAIN)}),
        ("an order", {"order": torch.zeros(TRAIN)}),
        ("annotators", {"given": torch.zeros(TRAIN)}),
        ("another shape", {"test_x": torch.zeros(TEST, 2)}),
    ],
)
def test_what_is_not_exchangeable_is_not_resampled(what, changed):
    with pytest.raises(ValueError, match=f"resample=folds: goes without.*{what}"):
        resampled(split(**changed), "folds", 0)


@pytest.fixture
def data(compose):
    return lambda *said: compose("resample=bootstrap", *said)["cell"]


def test_copies_have_one_label_and_are_on_one_side_of_validation(data):
    cell = data("noise=0.5", "val_fraction=0.3")
    prepared, _ = prepare(cell.data, [3], cell.exec)
    place, given = prepared.train.place[0], prepared.train.given[0]
    assert not set(place.tolist()) & set(prepared.val.place[0].tolist())
    assert len(place.unique()) < len(place)
    assert len(torch.stack([place, given]).unique(dim=1).T) == len(place.unique())
    assert len(prepared.val.place[0].unique()) == len(prepared.val.place[0])


def test_the_data_are_named_by_all_of_them_and_divided_by_split_seed(data):
    cell, pinned, whole = data(), data("split_seed=4"), data("resample=none")
    assert load(cell.data, cell.exec, 3)[1] == load(whole.data, cell.exec)[1]
    assert torch.equal(load(cell.data, cell.exec, 4)[0].x, load(pinned.data, cell.exec, 9)[0].x)
    assert not torch.equal(load(cell.data, cell.exec, 3)[0].test_y, load(cell.data, cell.exec, 4)[0].test_y)


def test_seeds_of_other_divisions_are_prepared_one_at_a_time(data):
    cell = data()
    assert isinstance(cell.data, DataConfig)
    with pytest.raises(ConfigError, match="resample=bootstrap: seeds are prepared one at a time"):
        prepare(cell.data, [0, 1], cell.exec)
