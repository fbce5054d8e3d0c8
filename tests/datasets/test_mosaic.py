"""Mosaics: what is in a picture is what its labels say, and nothing of the test is in training."""

import pytest
import torch

from datasets.mosaic import mosaic
from datasets.split import Split, fingerprint
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.nodes.build import build
from runner.training.events import Row
from runner.training.run import run

K = 10


def source(shape=(1, 4, 4), **changed):
    """Images whose pixels are all one more than their class, 20 for training, and for testing 100 more than that."""
    y = torch.arange(20) % K
    x = (y + 1).to(torch.uint8).view(-1, 1, 1, 1).expand(20, *shape).contiguous()
    parts = Split(x, y, x + 100, y, tuple("0123456789"), torch.zeros(1, 1, 1), torch.ones(1, 1, 1))
    return parts._replace(**changed)


def lay(num_train=4000, num_test=1000, most=3, **changed):
    return mosaic(source=source(**changed), num_train=num_train, num_test=num_test, most=most, task="multilabel")


def cells(x, size=4):
    """(N, 4) the pixel that all of a cell have."""
    parts = x.unfold(2, size, size).unfold(3, size, size).flatten(4)
    assert (parts == parts[..., :1]).all()
    return parts[..., 0].flatten(1).long()


@pytest.mark.parametrize("part", ["train", "test"])
def test_labels_are_the_classes_of_the_cells(part):
    split = lay()
    x, y = (split.x, split.y) if part == "train" else (split.test_x, split.test_y)
    seen = cells(x) - (100 if part == "test" else 0)
    expected = torch.stack([(seen == k + 1).any(1) for k in range(K)], dim=1).float()
    assert torch.equal(y, expected)
    assert x.dtype == torch.uint8
    assert split.classes == source().classes
    assert split.task == "multilabel"


@pytest.mark.parametrize("most", [1, 3, 4])
def test_each_number_of_cells_is_as_likely_and_so_is_each_cell(most):
    filled = cells(lay(most=most).x) > 0
    shares = filled.sum(1).bincount(minlength=5) / len(filled)
    assert shares[0] == 0
    assert (shares[1 : most + 1] - 1 / most).abs().max() < 4 * (0.25 / len(filled)) ** 0.5
    assert (filled.double().mean(0) - (1 + most) / 8).abs().max() < 4 * (0.25 / len(filled)) ** 0.5


def test_the_mean_number_of_labels_is_the_one_that_is_said():
    assert lay(num_train=20_000).y.sum(1).mean().item() == pytest.approx(1.87, abs=0.02)


def test_test_pictures_are_of_test_images_alone():
    split = lay()
    assert split.x.max() == K
    assert split.test_x[split.test_x > 0].min() == 101


def test_the_same_pictures_are_drawn_whatever_was_drawn_before_and_testing_is_for_itself():
    first = lay()
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert fingerprint(*lay()[:4]) == fingerprint(*first[:4])
    assert torch.equal(torch.get_rng_state(), state)
    assert fingerprint(lay(num_train=10).test_x) == fingerprint(first.test_x)


def test_pictures_are_normalised_by_those_of_training():
    split = lay()
    normal = (split.x.double() - split.mean) / split.std
    assert normal.mean().item() == pytest.approx(0, abs=1e-5)
    assert normal.std(correction=0).item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"x": torch.zeros(20, 5)}, r"source: must be of images, such as digits and mnist5k; .* shape \(5,\)"),
        ({"given": torch.zeros(20, dtype=torch.int64)}, "source: comes with labels that are wrong"),
    ],
)
def test_a_source_that_cannot_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        lay(**changed)


@pytest.mark.parametrize(("name", "size"), [("digits", 16), ("mnist5k", 56)])
def test_the_source_is_another_data_set_of_the_command_line(name, size):
    said = ["dataset=mosaic", f"dataset@dataset.source={name}", "dataset.num_train=50"]
    (cell,) = compose_cells(said, multirun=False)
    split = build("dataset", cell.config["dataset"], data_root="nowhere", download=False)
    assert split.x.shape == (50, 1, size, size)


def test_it_chooses_a_loss_and_noise_that_fit_and_the_command_line_wins():
    (cell,) = compose_cells(["dataset=mosaic"], multirun=False)
    assert cell.choices["loss"] == "bce"
    assert cell.choices["noise_type"] == "single_positive"
    (cell,) = compose_cells(["loss=em", "dataset=mosaic", "noise_type=missing_bits", "loss.alpha=0.3"], multirun=False)
    assert cell.config["loss"]["alpha"] == 0.3
    assert cell.choices["noise_type"] == "missing_bits"


def test_most_of_more_than_four_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"dataset.most=5: must be a whole number in \[1, 4\]"):
        compose_cells(["dataset=mosaic", "dataset.most=5"], multirun=False)


@pytest.mark.parametrize("loss", ["bce", "em"])
def test_it_is_learnt(loss):
    said = ["dataset=mosaic", f"loss={loss}", "noise=1", "epochs=8", "optimizer=adam", "optimizer.lr=0.001"]
    (cell,) = compose_cells(said, multirun=False)
    rows = [event.values for event in run(cell, [0, 1]) if isinstance(event, Row)]
    last = [row["test/map_macro"] for row in rows if row["epoch"] == 8]
    assert len(last) == 2
    if loss == "em":  # of single positives alone, bce learns that all labels are present
        assert min(last) > 0.7
