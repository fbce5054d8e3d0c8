"""The mean over pairs of seeds, and its interval."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from runner.merging.over_seeds import over_seeds


def test_of_numbers_that_seeds_bring_it_is_the_t_interval_over_seeds():
    """If each pair has the mean of its two seeds' numbers, the jackknife's pseudo-values are these numbers."""
    own = np.array([0.3, 1.2, -0.4, 0.8, 2.0])
    found = over_seeds({(i, j): float(own[i] + own[j]) / 2 for i, j in combinations(range(5), 2)})
    expected = stats.t.interval(0.95, 4, own.mean(), stats.sem(own))
    assert found.mean == pytest.approx(own.mean())
    assert (found.low, found.high) == pytest.approx(expected)


def test_three_seeds_say_nothing_of_others():
    found = over_seeds({(0, 1): 1.0, (0, 2): 2.0, (1, 2): 6.0})
    assert found.mean == 3
    assert math.isnan(found.low)
