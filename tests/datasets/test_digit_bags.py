"""Bags of digits: what is in a bag is what its label says, and nothing of the test is in training."""

import pytest
import torch

from datasets.digit_bags import digit_bags
from datasets.split import fingerprint
from runner.compose.command_line import compose_cells
from runner.nodes.build import build
from runner.training.run import run
from tests.datasets.test_mosaic import source


def fill(num_train=2000, num_test=500, size=10, digit=9, **changed):
    return digit_bags(source=source(**changed), num_train=num_train, num_test=num_test, size=size, digit=digit)


@pytest.mark.parametrize("digit", [0, 9])
def test_labels_say_whether_the_digit_is_in_the_bag(digit):
    split = fill(digit=digit)
    for x, y, beyond in ((split.x, split.y, 0), (split.test_x, split.test_y, 100)):
        assert torch.equal(y, (x[:, :, 0, 0, 0].long() - beyond == digit + 1).any(1).long())
    assert split.x.shape == (2000, 10, 1, 4, 4)
    assert split.x.dtype == torch.uint8
    assert split.classes == (f"without {digit}", f"with {digit}")


@pytest.mark.parametrize("size", [1, 3, 10])
def test_the_share_of_bags_with_the_digit_is_the_one_that_is_said(size):
    expected = 1 - 0.9**size
    share = fill(num_train=20_000, size=size).y.double().mean().item()
    assert share == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 20_000) ** 0.5)


def test_each_image_is_as_likely():
    counts = fill(num_train=10_000).x[:, :, 0, 0, 0].flatten().bincount()
    assert counts[0] == 0
    assert (counts[1:] / 1e5 - 0.1).abs().max() < 4 * (0.09 / 1e5) ** 0.5


def test_the_same_bags_are_drawn_whatever_was_drawn_before_and_testing_is_for_itself():
    first = fill()
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert fingerprint(*fill()[:4]) == fingerprint(*first[:4])
    assert torch.equal(torch.get_rng_state(), state)
    assert fingerprint(fill(num_train=10).test_x) == fingerprint(first.test_x)


def test_bags_are_normalised_by_those_of_training():
    split = fill()
    normal = (split.x.double() - split.mean) / split.std
    assert normal.mean().item() == pytest.approx(0, abs=1e-5)
    assert normal.std(correction=0).item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"x": torch.zeros(20, 5)}, r"source: must be of images with classes, .* shape \(5,\)"),
        ({"task": "multilabel"}, "source: must be of images with classes, .* and is multilabel"),
        ({"given": torch.zeros(20, dtype=torch.int64)}, "source: comes with labels that are wrong"),
        ({"digit": 10}, "digit=10: must be at most 9, the source's last class"),
    ],
)
def test_what_cannot_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        fill(**changed)


@pytest.mark.parametrize(("name", "side"), [("digits", 8), ("mnist5k", 28)])
def test_the_source_is_another_data_set_of_the_command_line(name, side):
    said = ["dataset=digit_bags", f"dataset@dataset.source={name}", "dataset.num_train=50"]
    (cell,) = compose_cells(said, multirun=False)
    split = build("dataset", cell.config["dataset"], data_root="nowhere", download=False)
    assert split.x.shape == (50, 10, 1, side, side)


def test_attention_finds_the_digit(compose, measured):
    """Better than saying that every bag has one."""
    said = ["dataset=digit_bags", "model.width=64", "optimizer=adam", "optimizer.lr=0.003", "epochs=10"]
    (row,) = measured(run(**compose(*said, "eval_every=10"))).values()
    assert row["test/accuracy"] > 0.75
