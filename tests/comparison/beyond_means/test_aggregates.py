"""Rows in one number over columns, and how probably a run of one is better than one of another."""

import numpy as np
import pytest

from runner.comparison.beyond_means.aggregates import aggregates
from runner.comparison.beyond_means.improvement import improvements
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.comparison.tables import ranks
from tests.stores import keep

RUNS = {
    ("ce", 0.0): [0.80, 0.82, 0.84, 0.86], ("ce", 0.4): [0.50, 0.52, 0.54, 0.56],
    ("gce", 0.0): [0.81, 0.83, 0.85, 0.97], ("gce", 0.4): [0.60, 0.62, 0.64, 0.66],
}  # fmt: skip


@pytest.fixture
def panel(tmp_path):
    for (loss, noise), values in RUNS.items():
        keep(tmp_path, values, loss=loss, noise=noise)
    (found,) = panels(read(tmp_path), Layout())
    return found


def lines(table):
    return [dict(zip(table.header, [cell.text for cell in line], strict=True)) for line in table.body]


def test_aggregates_by_hand(panel):
    ce, gce = lines(aggregates(panel))
    assert [ce[name].split()[0] for name in ("mean", "median", "IQM", "gap", "n")] == [
        "68.00", "68.00", "68.00", "32.00", "4",
    ]  # fmt: skip
    middle = 100 * np.mean([0.64, 0.66, 0.81, 0.83])
    assert gce["IQM"].startswith(f"{middle:.2f} [")
    low, high = map(float, gce["mean"].split("[")[1].strip("]").split(", "))
    assert low < float(gce["mean"].split()[0]) < high


def test_more_than_gamma_is_no_gain(panel):
    table = aggregates(panel, gamma=80)
    assert lines(table)[0]["gap"].split()[0] == f"{100 * np.mean([0, 0, 0, 0, 0.3, 0.28, 0.26, 0.24]):.2f}"
    assert "gamma=80, less is better" in table.caption


def test_where_less_is_better_a_gap_is_what_is_above_gamma(tmp_path):
    keep(tmp_path, [1.0, 3.0], metric="test/nll")
    keep(tmp_path, [1.0, 1.0], metric="test/nll", loss="gce")
    (found,) = panels(read(tmp_path), Layout(metric="test/nll"))
    assert [line["gap"].split()[0] for line in lines(aggregates(found, gamma=2))] == ["0.5000", "0.0000"]
    (line,) = lines(improvements(found))
    assert (line[""], line["other"], line["P"]) == ("gce", "ce", "0.75")


def test_a_diverged_run_that_is_trimmed_is_named(tmp_path):
    for noise in (0.0, 0.4):
        keep(tmp_path, [0.8, 0.9, 0.7, 0.8], loss="ce", noise=noise)
        keep(tmp_path, [0.8, 0.9, 0.7], loss="gce", noise=noise, states=["diverged"])
    (found,) = panels(read(tmp_path), Layout())
    for table in (aggregates(found), ranks(found)):
        assert "the IQM leaves out the worst quarter, and so diverged runs first: gce (2)" in table.caption


def test_the_better_of_a_pair_comes_first(panel):
    (line,) = lines(improvements(panel))
    wins = np.mean([a > b for n in (0.0, 0.4) for a in RUNS["gce", n] for b in RUNS["ce", n]])
    assert (line[""], line["other"], line["P"], line["n"]) == ("gce", "ce", f"{wins:.2f}", "4")
    low, high = map(float, line["interval"].strip("[]").split(", "))
    assert low <= wins <= high


def test_each_pair_has_a_line(tmp_path):
    for loss, value in (("ce", 0.5), ("gce", 0.6), ("sce", 0.7)):
        keep(tmp_path, [value, value + 0.01], loss=loss)
    (found,) = panels(read(tmp_path), Layout())
    pairs = {(line[""], line["other"]): (line["P"], line["interval"]) for line in lines(improvements(found))}
    assert pairs == dict.fromkeys((("gce", "ce"), ("sce", "ce"), ("sce", "gce")), ("1.00", "[1.00, 1.00]"))
