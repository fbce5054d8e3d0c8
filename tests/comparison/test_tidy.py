"""Results as tidy data: nothing is lost, and each line stands for itself."""

import csv
import sys

import pytest

from runner.comparison.results import read
from runner.comparison.tidy import SEED, tidy
from runner.console.errors import ConfigError
from runner.report import main
from tests.stores import ACCURACY, keep, small


@pytest.fixture
def store(tmp_path):
    return small(tmp_path / "store")


def lines(file):
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_line_for_each_seed_and_metric_with_all_settings(store, tmp_path):
    main([f"store={store}", f"tidy={tmp_path / 't.csv'}"])
    found = lines(tmp_path / "t.csv")
    assert len(found) == 2 * sum(map(len, ACCURACY.values())), "test/accuracy and val/accuracy"
    assert tuple(found[0])[: len(SEED)] == SEED
    shown = {(row["loss"], float(row["noise"]), int(row["seed"]), row["metric"]): row for row in found}
    assert len(shown) == len(found)
    for (loss, noise), values in ACCURACY.items():
        for seed, value in enumerate(values):
            row = shown[loss, noise, seed, "test/accuracy"]
            assert float(row["value"]) == value
            assert (row["state"], row["better"], row["dataset"]) == ("done", "higher", "digits")


def test_at_only_and_where_hold(store, tmp_path):
    where = ["where=loss=gce,noise=0.0", "only=val/accuracy", "at=best_val"]
    main([f"store={store}", f"tidy={tmp_path / 't.csv'}", *where])
    found = lines(tmp_path / "t.csv")
    assert [(row["metric"], float(row["value"])) for row in found] == [("val/accuracy", 0.9)] * 3
    with pytest.raises(ConfigError, match=r"only=val/acuracy: no result has it"):
        main([f"store={store}", f"tidy={tmp_path / 'u.csv'}", "only=val/acuracy"])
    assert not (tmp_path / "u.csv").exists()


def test_a_seed_without_values_has_a_line(tmp_path):
    keep(tmp_path, [0.5], states=["failed", "diverged"])
    found = tidy(read(tmp_path), "last")
    assert [(line["seed"], line["state"], line["value"]) for line in found if line["metric"] != "val/accuracy"] == [
        (0, "done", 0.5), (1, "failed", None), (2, "diverged", None)
    ]  # fmt: skip


def test_settings_that_only_some_cells_have_are_columns_of_all(tmp_path):
    keep(tmp_path, [0.5], loss="ce")
    keep(tmp_path, [0.5], loss="gce", q=0.7, seed=3)
    ce, gce = (line for line in tidy(read(tmp_path), "last", ["test/accuracy"]))
    assert list(ce) == list(gce)
    assert (ce["q"], gce["q"]) == (None, 0.7)
    assert (gce["seed"], gce["setting.seed"]) == (0, 3)


def test_parquet_has_the_same_lines_and_keeps_kinds(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for loss, classes, mixed in (("ce", [3, 5], 1), ("gce", [0, 1], "none")):
        keep(
            tmp_path / "store",
            [0.5, 0.6],
            loss=loss,
            classes=classes,
            mixed=mixed,
            flag=loss == "ce",
            states=["failed"],
        )
    for ending in ("csv", "parquet"):
        main([f"store={tmp_path / 'store'}", f"tidy={tmp_path / 't'}.{ending}"])
    table, text = pandas.read_parquet(tmp_path / "t.parquet"), lines(tmp_path / "t.csv")
    assert list(table) == list(text[0])
    assert table["seed"].tolist() == [int(line["seed"]) for line in text]
    assert table["value"].dropna().tolist() == [float(line["value"]) for line in text if line["value"]]
    assert table["noise"].dtype == float
    assert table["flag"].dtype == bool
    assert set(table["classes"]) == {"[3, 5]", "[0, 1]"} == {line["classes"] for line in text}
    assert set(table["mixed"]) == {"1", "none"}
    again = tmp_path / "again.parquet"
    main([f"store={tmp_path / 'store'}", f"tidy={again}"])
    assert again.read_bytes() == (tmp_path / "t.parquet").read_bytes()


def test_without_pyarrow_csv_is_named(store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"needs the package pyarrow.*tidy=FILE.csv has the same lines"):
        main([f"store={store}", f"tidy={tmp_path / 't.parquet'}"])


@pytest.mark.parametrize("wrong", [["tidy=t.xlsx"], ["tidy=t.csv", "pack=p.jsonl"], ["tidy=t.csv", "page=p"]])
def test_what_cannot_be_is_refused(store, tmp_path, monkeypatch, wrong):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError):
        main([f"store={store}", *wrong])
    assert {file.name for file in tmp_path.iterdir()} <= {"store", "p"}


def test_text_that_a_spreadsheet_would_compute_is_text(tmp_path):
    keep(tmp_path / "store", [0.5], loss="=1+1")
    main([f"store={tmp_path / 'store'}", f"tidy={tmp_path / 't.csv'}"])
    assert lines(tmp_path / "t.csv")[0]["loss"] == "'=1+1"
