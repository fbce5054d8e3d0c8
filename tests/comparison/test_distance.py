"""The best possible value of a data set goes from where it is known to the tables; entries have a distance to it."""

from dataclasses import replace

import pytest

from datasets.blobs import blobs
from datasets.split import view
from runner.comparison.chosen_tables import useful
from runner.comparison.panels import Layout, panels
from runner.comparison.results import pack, read
from runner.comparison.tables import BEST_POSSIBLE, distances, means
from runner.console.plain import Plain
from runner.tasks.declared.classification import CLASSIFICATION
from runner.tasks.families import DECLARED
from runner.tasks.metric import declarations, written
from tests.stores import keep

ACCURACY = DECLARED["test/accuracy"]


@pytest.fixture
def panel(tmp_path):
    """Two data sets, of one of which 90% is possible; the test set of a gce is better than that."""
    known = replace(ACCURACY, optimum=0.9)
    for dataset, declared in (("blobs", known), ("digits", ACCURACY)):
        keep(tmp_path, [0.8, 0.7], loss="ce", dataset=dataset, declared=declared)
        keep(tmp_path, [0.91, 0.92], loss="gce", dataset=dataset, declared=declared)
    (found,) = panels(read(tmp_path), Layout(rows="loss", columns="dataset"))
    return found


def test_it_is_a_row_of_its_own(panel):
    *rows, last = means(panel).body
    assert [line[0].text for line in rows] == ["ce", "gce"]
    assert [mark.text for mark in last[: 1 + len(panel.columns)]] == [BEST_POSSIBLE, "90.00", ""]


def test_an_entry_has_its_distance_where_it_is_known(panel):
    sheet = distances(panel)
    assert sheet.header == ["", "dataset=blobs"]
    assert [[mark.text for mark in line] for line in sheet.body] == [
        ["ce", "15.00 ± 7.07 (n=2)"],
        ["gce", "-1.50 ± 0.71 (n=2)"],
    ]
    assert "best possible: 90.00 (dataset=blobs)" in sheet.caption.lower()
    assert "distance" in useful(panel, Plain())


def test_where_lower_is_better_more_is_farther(tmp_path):
    loss = replace(DECLARED["test/nll"], optimum=0.5)
    keep(tmp_path, [0.75, 1.0], loss="ce", metric="test/nll", declared=loss)
    (found,) = panels(read(tmp_path), Layout(metric="test/nll"))
    assert distances(found).body[0][1].text == "0.3750 ± 0.1768 (n=2)"


def test_two_that_say_otherwise_are_none(tmp_path):
    keep(tmp_path, [0.8], loss="ce", declared=replace(ACCURACY, optimum=0.9))
    keep(tmp_path, [0.8], loss="gce", declared=replace(ACCURACY, optimum=0.95))
    (found,) = panels(read(tmp_path), Layout())
    assert found.optimum(found.columns[0]) is None
    assert BEST_POSSIBLE not in {line[0].text for line in means(found).body}
    assert "distance" not in useful(found, Plain())


def test_it_is_kept_with_what_was_measured_and_packed_with_it(go, tmp_path):
    go("seeds=2")
    found = read(tmp_path)
    best = blobs(num_train=2048, num_test=8, num_classes=4, dim=2, distance=1.0).optimum
    pack(found, tmp_path / "one.jsonl")
    for results in (found, read(tmp_path / "one.jsonl")):
        (panel,) = panels(results, Layout())
        assert panel.optimum(panel.columns[0]) is not None
    assert best.keys() <= {metric.name for metric in CLASSIFICATION.quality}


def test_a_declaration_is_written_with_it_only_where_it_is_known():
    kept = written({"test/accuracy": replace(ACCURACY, optimum=0.9), "val/accuracy": ACCURACY})
    assert ["optimum" in its for its in kept.values()] == [True, False]
    assert declarations(kept)["test/accuracy"].optimum == 0.9
    assert declarations(kept)["test/accuracy"] == ACCURACY


def test_what_is_possible_on_blobs_is_what_is_known_of_two_gaussians():
    """Two clouds at a distance d are told apart with probability Phi(d / 2)."""
    import torch
    from scipy.stats import norm

    draw = torch.Generator().manual_seed(0)
    centres = 3.0 * torch.randn(2, 1, generator=draw)
    wanted = norm.cdf((centres[0] - centres[1]).abs().item() / 2)
    made = blobs(num_train=8, num_test=8, num_classes=2, dim=1, distance=3.0)
    assert made.optimum["accuracy"] == pytest.approx(wanted, abs=0.003)
    some = blobs(num_train=8, num_test=8, num_classes=4, dim=1, distance=3.0)
    assert view(some, [0, 1]).optimum == {}
