"""Vectors with real targets: scaling, missing cells, and what all such data sets promise."""

import pytest
import torch

from datasets.numbers import Parts, split_of
from datasets.split import fingerprint
from runner.compose.command_line import compose_cells
from tests.datasets.files import load
from tests.zoo import ROOT, written

NAMES = [
    file.stem
    for file in sorted((ROOT / "conf" / "dataset").glob("*.yaml"))
    if written(file.stem, "dataset").get("task") == "regression" and file.stem != "california"
]
G = torch.Generator().manual_seed(0)
PARTS = Parts(torch.randn(4000, 3, generator=G) + 5, torch.randn(4000, 1), torch.randn(1000, 3), torch.randn(1000, 1))


@pytest.mark.parametrize("name", NAMES)
def test_inputs_and_targets_are_numbers_and_inputs_are_scaled_by_the_training_part(name):
    split = load(name)
    assert split.task == "regression"
    assert split.classes == ()
    for part, count in ((split.x, len(split.y)), (split.test_x, len(split.test_y))):
        assert part.shape == (count, split.x.shape[1])
        assert part.dtype == torch.float32
        assert part.isfinite().all()
    assert split.y.shape == (len(split.x), 1)
    assert split.y.dtype == split.test_y.dtype == torch.float32
    normal = (split.x - split.mean) / split.std
    torch.testing.assert_close(normal.mean(0), torch.zeros(normal.shape[1]), atol=1e-4, rtol=0)
    torch.testing.assert_close(normal.std(0, correction=0), torch.ones(normal.shape[1]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_they_are_the_same_each_time(name):
    assert fingerprint(*load(name)[:4]) == fingerprint(*load(name)[:4])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_in_both_parts_and_nothing_else_changes(name):
    whole, some = load(name), load(name, missing=0.3)
    assert torch.equal(whole.y, some.y)
    assert torch.equal(whole.mean, some.mean)
    assert torch.equal(whole.std, some.std)
    for before, after in ((whole.x, some.x), (whole.test_x, some.test_x)):
        gone = before != after
        assert torch.equal(after[gone], whole.mean.expand_as(after)[gone])
        assert abs(gone.double().mean().item() - 0.3) <= 4 * (0.3 * 0.7 / gone.numel()) ** 0.5
    assert some.optimum == {}


def test_a_larger_share_takes_the_same_cells_and_more():
    few, many = (split_of(PARTS, missing=share, task="regression").x != PARTS.x for share in (0.2, 0.4))
    assert (few <= many).all()
    assert few.sum() < many.sum()


def test_an_input_that_never_varies_can_be_divided_by_its_deviation():
    flat = PARTS._replace(x=torch.ones_like(PARTS.x))
    assert split_of(flat, missing=0.0, task="regression").std.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", [*NAMES, "california"])
def test_a_data_set_brings_a_loss_noise_and_an_optimizer_that_fit_and_what_is_said_wins(name):
    for said, loss in (([], "mse"), (["loss=huber"], "huber")):
        for order in ([f"dataset={name}", *said], [*said, f"dataset={name}"]):
            choices = compose_cells(order, multirun=False)[0].choices
            assert (choices["loss"], choices["noise_type"], choices["optimizer"]) == (loss, "outliers", "adam")
