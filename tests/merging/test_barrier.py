"""The barrier between the ends of a curve."""

import numpy as np
import pytest

from runner.merging.barrier import barrier


def test_a_parabola_above_a_line_has_its_height():
    t = np.linspace(0, 1, 101)
    assert barrier(2 + t + 3 * t * (1 - t)) == pytest.approx(0.75)
    assert barrier(2 + t - 3 * t * (1 - t)) == 0


def test_two_networks_alone_have_none():
    assert barrier([1.0, 3.0]) == 0
