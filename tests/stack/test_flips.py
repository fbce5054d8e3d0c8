"""Predictions that are means of an image and of its mirror image."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.stack.flips import with_flips
from runner.training.run import run

DIGITS = ["dataset=digits", "model=linear", "epochs=2"]


def seen(x, *, shared):
    """Logits (2, M, 3) that depend on where in an image something is."""
    weight = torch.arange(2 * 16 * 3, dtype=torch.float64).view(2, 16, 3).sin()
    return x.flatten(-3) @ weight


@pytest.fixture
def rows(compose, measured):
    return lambda *said, seeds=(0, 1): measured(run(**compose(*said, seeds=seeds)))


def test_probabilities_are_averaged():
    x = torch.randn(5, 1, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = with_flips(seen)(x, shared=True)
    mirrored = torch.stack([x[..., i] for i in (3, 2, 1, 0)], -1)
    mean = (seen(x, shared=True).softmax(-1) + seen(mirrored, shared=True).softmax(-1)) / 2
    torch.testing.assert_close(found.exp(), mean)
    torch.testing.assert_close(with_flips(seen)(mirrored, shared=True), found)


def test_what_is_the_same_in_the_mirror_stays():
    x = torch.ones(5, 1, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(with_flips(seen)(x, shared=True).softmax(-1), seen(x, shared=True).softmax(-1))


def test_training_stays_as_it_is_and_all_predictions_change(rows):
    plain, flipped = (rows(*DIGITS, "val_fraction=0.1", f"eval_flips={said}") for said in ("false", "true"))
    for at, row in flipped.items():
        assert row["train/objective"] == plain[at]["train/objective"]
        assert all(row[f"{split}/nll"] != plain[at][f"{split}/nll"] for split in ("val", "test"))
        assert row["train/accuracy_true"] != plain[at]["train/accuracy_true"]


def test_a_stack_is_its_seeds(rows):
    together, alone = (rows(*DIGITS, "eval_flips=true", seeds=seeds) for seeds in ([0, 1, 2], [2]))
    for at, row in alone.items():
        assert together[at] == pytest.approx(row, rel=1e-4, abs=1e-6)


def test_the_calibrator_is_fitted_to_the_same_predictions(rows):
    found = rows(*DIGITS, "val_fraction=0.3", "calibrator=unchanged", "eval_flips=true")
    assert all(row["calibrated/nll"] == row["test/nll"] for row in found.values())


def test_what_has_no_mirror_image_is_refused(compose):
    with pytest.raises(ConfigError, match=r"^eval_flips=true: is for images, .* of shape \(8,\); use false$"):
        next(run(**compose("dataset=blobs", "eval_flips=true")))
    with pytest.raises(
        ConfigError, match=r"^eval_flips=true with dataset=mosaic: .*, this is multilabel; what fits: f"
    ):
        compose_cells(["dataset=mosaic", "loss=bce", "eval_flips=true"], multirun=False)


def test_a_cell_that_does_not_ask_keeps_its_name():
    (usual,), (asked,) = (compose_cells([*DIGITS, *said], multirun=False) for said in ([], ["eval_flips=true"]))
    assert "eval_flips" not in usual.identity
    assert asked.identity["eval_flips"] is True
