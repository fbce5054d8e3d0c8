"""Nearest neighbours: entropy at the reference values, and information of Gaussians in closed form."""

import json
import math

import numpy as np
import pytest

from runner.statistics.neighbours import entropy, information
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests/values/mutual_information/neighbours.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["hyper"]["k"]))
def test_reference_value(case):
    found = entropy(np.array(case["inputs"]["x"]), case["hyper"]["k"])
    assert found == pytest.approx(case["output"], abs=1e-9)


def pairs(rho, count=2000, dim=1):
    x, noise = np.random.default_rng(0).standard_normal((2, count, dim))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("k", [3, 5])
def test_the_information_of_gaussian_numbers(rho, k):
    assert information(*pairs(rho), k) == pytest.approx(-math.log(1 - rho**2) / 2, abs=0.06)


def test_entropies_add_up_to_the_information():
    x, y = pairs(0.8)
    found = entropy(x) + entropy(y) - entropy(np.hstack([x, y]))
    assert found == pytest.approx(-math.log(1 - 0.8**2) / 2, abs=0.1)


def test_it_is_that_of_scikit_learn():
    """Which adds noise of its own, and so differs a little; it takes one number a half."""
    from sklearn.feature_selection import mutual_info_regression

    x, y = pairs(0.7, 500)
    x, y = x / x.std(), y / y.std()
    (theirs,) = mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=0)
    assert information(x, y, 3) == pytest.approx(theirs, abs=1e-3)


def test_many_dimensions_make_it_too_small():
    assert information(*pairs(0.43, dim=20)) < 1.0 < 20 * -math.log(1 - 0.43**2) / 2
