"""Scaling law: laws that are found again, what is left out, the teacher's labels, and what training does."""

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations._network import tensor
from runner.parts.calculations.scaling_law import Teacher, fitted, judged, left_out_error, scaling_law

SIZES = np.array([61.0, 117, 229, 453, 901, 1797])
SMALL = {
    "widths": [2, 4, 8, 16], "features": 4, "classes": 3, "teacher_width": 16, "sharpness": 3.0, "steps": 300,
    "batch_size": 64, "lr": 0.02, "tested": 2000,
}  # fmt: skip


def law(c, n0, a):
    return c + (n0 / SIZES) ** a


@pytest.mark.parametrize(("c", "n0", "a"), [(0.7, 10.0, 0.9), (2.0, 3.0, 0.3), (0.0, 20.0, 0.5)])
def test_a_law_is_found_again(c, n0, a):
    found = fitted(SIZES, law(c, n0, a), constant=True)
    assert found == pytest.approx((c, n0**a, a), rel=1e-4, abs=1e-5)
    assert left_out_error(SIZES, law(c, n0, a), constant=True) < 1e-5


def test_without_a_constant_a_power_law_is_found_and_no_other():
    assert fitted(SIZES, law(0.0, 20.0, 0.5), constant=False) == pytest.approx((0.0, 20**0.5, 0.5), rel=1e-4)
    assert left_out_error(SIZES, law(0.0, 20.0, 0.5), constant=False) < 1e-5
    assert left_out_error(SIZES, law(0.7, 10.0, 0.9), constant=False) > 0.01


def test_no_constant_is_below_zero():
    assert fitted(SIZES, 1.0 - 0.1 * np.log(SIZES / 60), constant=True)[0] == 0.0


def test_errors_are_relative():
    noisy = law(0.7, 10.0, 0.9) * np.exp(0.01 * np.cos(np.arange(6)))
    one, thousand = fitted(SIZES, noisy, constant=True), fitted(SIZES, 1000 * noisy, constant=True)
    assert thousand == pytest.approx((1000 * one[0], 1000 * one[1], one[2]), rel=1e-4)
    errors = (left_out_error(SIZES, times * noisy, constant=True) for times in (1, 1000))
    assert next(errors) == pytest.approx(next(errors), rel=1e-4)


def test_a_size_that_is_left_out_is_not_fitted():
    """Two points have one power law through them: 8 / N says 2 of the third, and so on."""
    found = left_out_error(np.array([1.0, 2.0, 4.0]), np.array([8.0, 4.0, 3.0]), constant=False)
    assert found == pytest.approx((1 / 3 + (24**0.5 - 4) / 4 + (8 - 16 / 3) / 8) / 3, rel=1e-4)


def test_what_is_judged_of_a_law():
    found = judged(SIZES, law(0.7, 10.0, 0.9), 0.65, constant=True)
    least = law(0.7, 10.0, 0.9)[-1]
    assert found["entropy_approached"] == pytest.approx(least - 0.65 - 0.05, abs=1e-4)
    assert found["exponent"] == pytest.approx(0.9, rel=1e-3)
    assert found["constant"] == pytest.approx(0.7, rel=1e-3)


def test_labels_are_drawn_from_the_teacher():
    teacher = Teacher(numbers("calculation", 0), (4, 16, 16, 3), 3.0)
    x, labels = teacher.batch(numbers("calculation", 1), 40000)
    p = teacher(x)
    off = torch.nn.functional.one_hot(labels, 3) - p
    assert off.mean(0).abs().max() < 0.01
    assert (off * p).mean(0).abs().max() < 0.01
    assert p.std(0).min() > 0.1


def test_logits_of_the_teacher_are_as_sharp_as_asked_for():
    teacher = Teacher(numbers("calculation", 0), (4, 16, 16, 3), 5.0)
    x = tensor(numbers("calculation", 1).normal(size=(20000, 4)))
    assert teacher.network(x).std().item() == pytest.approx(5.0, rel=0.05)


def test_both_laws_are_of_the_same_losses_which_training_brings_near_the_entropy():
    found, alone = (scaling_law(numbers("calculation", 0), constant=constant, **SMALL) for constant in (True, False))
    assert found["entropy"] == alone["entropy"] > 0.1
    assert 0.02 < found["loss_range"] == alone["loss_range"]
    assert alone["constant"] == 0.0
    least = alone["entropy_approached"] + 2 * alone["entropy"]  # where the constant is 0
    assert alone["entropy"] < least < alone["entropy"] + 0.1
    assert found["left_out_error"] != alone["left_out_error"]


def test_sharp_labels_have_little_entropy():
    entropies = [
        scaling_law(numbers("calculation", 0), constant=True, **SMALL | {"steps": 1, "sharpness": sharpness})["entropy"]
        for sharpness in (0.01, 100.0)
    ]
    assert entropies[0] == pytest.approx(np.log(3), abs=1e-3)
    assert entropies[1] < 0.05


def test_three_sizes_are_too_few():
    with pytest.raises(ValueError, match="three sizes or more"):
        scaling_law(numbers("calculation", 0), constant=True, **SMALL | {"widths": [2, 4, 8]})
