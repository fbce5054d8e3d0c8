"""Halves of pictures: which columns, what training is told, and what noise exchanges."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.prepare import prepare
from tests.datasets.files import load, refusal
from tests.objectives import first
from tests.zoo import node


def source():
    return load("digits")


@pytest.mark.parametrize("gap", [0, 1, 2, 6])
def test_halves_are_the_columns_of_both_sides(gap):
    whole, split = source(), load("halves", gap=gap).checked()
    width = (8 - gap) // 2
    left, right = split.x.unflatten(2, (1, 8, width)).unbind(1)
    assert torch.equal(left, whole.x[..., :width].float())
    assert torch.equal(right, whole.x[..., 8 - width :].float())
    assert split.test_x.shape == (360, 2, 8 * width)


def test_the_target_is_the_right_half_as_training_sees_it():
    _, batch = first("dataset=halves", "noise=0")
    torch.testing.assert_close(batch.labels, batch.x[:, 1])


def test_noise_exchanges_right_halves():
    (cell,) = compose_cells(["dataset=halves", "noise=0.4"], multirun=False)
    data = prepare(cell.data, [0], cell.exec)[0]
    given, true = data.train.given[0], data.train.true[0]
    share = (given != true).any(1).double().mean().item()
    assert share == pytest.approx(0.4, abs=4 * (0.24 / 1437) ** 0.5)
    assert sorted(given.tolist()) == sorted(true.tolist())


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"gap": 7}, "gap=7: must be below 7"), ({"source": "mnist1d"}, "source: must be of images")],
)
def test_what_has_no_halves_is_refused(changed, said, tmp_path):
    if "source" in changed:
        changed = {"source": node(changed["source"], "dataset")}
    assert said in refusal("halves", tmp_path, **changed)
