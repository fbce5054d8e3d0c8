"""What every schedule has to be: a factor in [0, 1], a function of the time alone, with a warm-up."""

import pytest

from tests.parts.factors import EPOCHS, STEPS, schedule, step_by_step
from tests.zoo import ROOT

SCHEDULES = sorted(file.stem for file in (ROOT / "conf" / "schedule").glob("*.yaml"))


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_factor_is_a_share(name):
    factors = step_by_step(name)
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) > 0.5


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_warm_up_is_linear_and_multiplied_on_top(name):
    plain, warmed = step_by_step(name, warmup=0.0), step_by_step(name, warmup=4.0)
    grown = 4 * STEPS
    assert warmed[:grown] == pytest.approx([f * n / grown for n, f in enumerate(plain[:grown], 1)])
    assert warmed[grown:] == plain[grown:]


@pytest.mark.parametrize("epochs", [1, 2, EPOCHS])
@pytest.mark.parametrize("name", SCHEDULES)
def test_one_epoch_is_enough_and_the_end_is_reached(name, epochs):
    assert 0 <= schedule(name)(epochs, epochs) <= schedule(name)(epochs / 2, epochs) <= 1
