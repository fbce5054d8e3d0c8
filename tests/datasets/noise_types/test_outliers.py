"""Outliers: how far, and to which side."""

import pytest

from tests.datasets.noise_types.real_targets import TARGETS, D, N, changed, given


def test_normal_errors_have_the_mean_zero_and_the_size_for_their_deviation():
    found = given("outliers", 1.0, size=5.0, form="normal") - TARGETS
    assert found.mean().item() == pytest.approx(0, abs=4 * 5 / (N * D) ** 0.5)
    assert found.std().item() == pytest.approx(5, abs=4 * 5 / (2 * N * D) ** 0.5)


def test_each_target_has_an_error_of_its_own():
    found = given("outliers", 1.0) - TARGETS
    assert abs((found[:, 0] * found[:, 1]).mean().item()) < 4 * 25 / N**0.5


def test_a_shift_is_the_size_upwards():
    found = given("outliers", 0.3, size=5.0, form="shift") - TARGETS
    assert found[changed(found, 0 * found)].flatten().tolist() == pytest.approx(
        [5.0] * int((found > 1).sum()), abs=1e-5
    )
