"""A power of what is left, and the straight line."""

import pytest
from torch.optim.lr_scheduler import LinearLR, PolynomialLR

from tests.parts.factors import EPOCHS, STEPS, epoch_by_epoch, schedule, step_by_step, torchs


@pytest.mark.parametrize("power", [0.5, 0.9, 1.0, 3.0])
def test_it_is_torchs_polynomial(power):
    theirs = torchs(PolynomialLR, EPOCHS, total_iters=EPOCHS, power=power)
    assert epoch_by_epoch("poly", power=power, per="epoch") == pytest.approx(theirs, rel=1e-9)
    n = STEPS * EPOCHS
    theirs = torchs(PolynomialLR, n + 1, total_iters=n, power=power)
    assert step_by_step("poly", power=power) == pytest.approx(theirs[1:], rel=1e-9, abs=1e-12)


def test_linear_is_torchs():
    theirs = torchs(LinearLR, EPOCHS, start_factor=1.0, end_factor=0.2, total_iters=EPOCHS)
    assert epoch_by_epoch("linear", final=0.2, per="epoch") == pytest.approx(theirs, rel=1e-9)
    n = STEPS * EPOCHS
    theirs = torchs(LinearLR, n + 1, start_factor=1.0, end_factor=0.2, total_iters=n)
    assert step_by_step("linear", final=0.2) == pytest.approx(theirs[1:], rel=1e-9)


def test_linear_is_a_choice_of_numbers():
    numbers = {"final": 0.1, "per": "step", "warmup": 2.0}
    assert [schedule("linear", **numbers)(t, 9) for t in (0.5, 3.0, 9.0)] == [
        schedule("poly", power=1.0, **numbers)(t, 9) for t in (0.5, 3.0, 9.0)
    ]
