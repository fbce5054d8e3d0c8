"""A rank in excess: the two rates of gradient descent in matrix sensing."""

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.excess_rank import excess_rank

SIZES = {"size": 6, "rank": 2, "measurements": 100, "lr": 0.3, "init": 0.3}


def test_excess_columns_fall_by_a_power_and_exact_ones_exponentially():
    exact = excess_rank(numbers("calculation", 1), **SIZES, columns=2, steps=200)
    excess = excess_rank(numbers("calculation", 1), **SIZES, columns=3, steps=1600)
    assert exact["error_exponent"] < -20
    assert -2.2 < excess["error_exponent"] < -1.4
    assert exact["log10_squared_error"] < -12 < -8 < excess["log10_squared_error"] < -5


def test_an_exponent_is_of_all_steps_against_half_of_them():
    most, half = (excess_rank(numbers("calculation", 1), **SIZES, columns=3, steps=k) for k in (400, 200))
    decades = most["log10_squared_error"] - half["log10_squared_error"]
    assert most["error_exponent"] == pytest.approx(decades / np.log10(2))
