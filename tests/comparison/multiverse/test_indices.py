"""Sobol indices against their textbook values and brute force."""

import numpy as np
import pytest

from runner.comparison.multiverse.indices import sobol


def test_an_additive_function_has_the_shares_of_its_parts():
    x, z = np.meshgrid([0.0, 1.0, 2.0], [0.0, 1.0], indexing="ij")
    first, total = sobol((3 * x + z)[None])
    parts = np.array([9 * np.var([0, 1, 2]), np.var([0, 1])])
    np.testing.assert_allclose(first, [parts / parts.sum()])
    np.testing.assert_allclose(total, first)


def test_ishigamis_function_on_a_fine_grid():
    """Ishigami and Homma (1990), a = 7, b = 0.1: indices are known in closed form."""
    x = (np.arange(120) + 0.5) / 120 * 2 * np.pi - np.pi
    one, two, three = np.meshgrid(x, x, x, indexing="ij")
    first, total = sobol((np.sin(one) + 7 * np.sin(two) ** 2 + 0.1 * three**4 * np.sin(one))[None])
    assert first[0] == pytest.approx([0.3139, 0.4424, 0.0], abs=2e-3)
    assert total[0] == pytest.approx([0.5576, 0.4424, 0.2437], abs=2e-3)


def test_several_grids_are_each_alone():
    values = np.random.default_rng(0).standard_normal((4, 3, 2, 5))
    for both, alone in zip(sobol(values), zip(*(sobol(each[None]) for each in values), strict=True), strict=True):
        np.testing.assert_allclose(both, np.concatenate(alone))


def test_where_nothing_varies_there_are_no_shares():
    first, total = sobol(np.full((1, 2, 3), 0.1))
    assert np.isnan(first).all()
    assert np.isnan(total).all()
