"""Is a row better on a data set to come?"""

import numpy as np
import pytest

from runner.comparison.beyond_means.hierarchical import hierarchical
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.statistics.practical.hierarchical import hierarchical_posterior
from tests.stores import keep

NOISES = (0.0, 0.2, 0.4)


@pytest.fixture
def apart():
    """{noise: differences of eight seeds}, of which about 0.03 is better."""
    draw = np.random.default_rng(0)
    return {noise: (0.03 + 0.01 * draw.normal(size=8)).round(4) for noise in NOISES}


@pytest.fixture
def panel(tmp_path, apart):
    for noise in NOISES:
        base = np.linspace(0.6, 0.7, 8)
        keep(tmp_path, list(base), loss="ce", noise=noise)
        keep(tmp_path, list(base + apart[noise]), loss="gce", noise=noise)
        keep(tmp_path, list(base + 0.01), loss="mae", noise=noise)
    (found,) = panels(read(tmp_path), Layout())
    return found


def lines(table):
    return {line[0].text: [cell.text for cell in line[1:]] for line in table.body}


def test_columns_are_data_sets(panel, apart):
    table = hierarchical(panel, rope=2, correlation=0.1)
    expected = hierarchical_posterior(list(apart.values()), 0.02, 0.1)
    mean, *shares, columns, n = lines(table)["gce"]
    assert float(mean) == pytest.approx(100 * np.mean([x.mean() for x in apart.values()]), abs=0.006)
    assert (shares, columns, n) == ([f"{p:.2f}" for p in expected], "3", "8")
    assert "alike: within 2 points" in table.caption
    assert "correlation of two seeds of a column 0.1" in table.caption


def test_what_is_not_told_is_said(panel):
    table = hierarchical(panel)
    assert lines(table)["mae"][1:4] == ["-"] * 3
    assert "3 columns of 1 data set count as independent ones; no probabilities of mae: it takes" in table.caption


def test_where_less_is_better_less_is_better(tmp_path):
    for noise in NOISES:
        draw = np.random.default_rng(int(10 * noise))
        keep(tmp_path, list(draw.normal(2, 0.1, 6)), loss="ce", metric="test/nll", noise=noise)
        keep(tmp_path, list(draw.normal(1, 0.1, 6)), loss="gce", metric="test/nll", noise=noise)
    (found,) = panels(read(tmp_path), Layout(metric="test/nll"))
    assert float(lines(hierarchical(found))["gce"][3]) > 0.98
