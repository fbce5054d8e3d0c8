"""Comparisons in which a seed collapses, or in which all differences are equal."""

import math

import pytest

from runner.comparison.beyond_means.robust import robust
from runner.comparison.compare import against_baseline
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.comparison.tables import differences
from tests.stores import keep

CE = [0.90, 0.91, 0.92, 0.93, 0.89, 0.90, 0.91, 0.92]
FALLEN = [0.93, 0.94, 0.945, 0.96, 0.93, 0.92, 0.94, 0.10]


@pytest.fixture
def panel(tmp_path):
    keep(tmp_path, CE, loss="ce")
    keep(tmp_path, FALLEN, loss="gce")
    keep(tmp_path, [value + 0.01 for value in CE], loss="sce")
    (found,) = panels(read(tmp_path), Layout())
    return found


def test_a_seed_that_is_far_from_the_rest_is_named_and_does_not_move_the_median(panel):
    assert "may hold the mean in 70% of all cases only (show=robust): gce;" in differences(panel).caption
    lines = {row[0].text: [cell.text for cell in row] for row in robust(panel).body}
    assert lines["gce"] == ["gce", "", "+3.00", "[-82.00, +4.00]", "88%", "1 of 8"]
    assert lines["sce"][-1] == "0 of 8"


def test_equal_differences_have_no_interval_and_ask_for_no_number_of_seeds(panel):
    table = differences(panel)
    (line,) = [[cell.text for cell in row] for row in table.body if row[0].text == "sce"]
    assert (line[3], line[6], line[-1]) == ("-", "-", "-")
    assert table.caption.endswith("too few to tell how the difference varies: sce.")
    (sce,) = [each for each in against_baseline(panel) if each.row == "sce"]
    assert math.isnan(sce.paired.low)
