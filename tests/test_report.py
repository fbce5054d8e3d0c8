"""Tables from a store: the numbers of its rows, and nothing left out."""

from statistics import mean, stdev

import pytest

from runner.errors import ConfigError
from runner.report import ends, entry, main, pivot, varying
from runner.store import Store

ACCURACY = {
    ("ce", 0.0): [0.9, 0.92, 0.94],
    ("ce", 0.6): [0.5, 0.52],
    ("gce", 0.0): [0.91, 0.9, 0.89],
    ("gce", 0.6): [0.8, 0.84],
}


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    for (loss, noise), values in ACCURACY.items():
        question = {"noise": noise, "loss": {"_target_": f"losses.{loss}", **({"q": 0.7} if loss == "gce" else {})}}
        cell = store.cell(question, {"loss": loss, "dataset": "digits"})
        cell.write("data")
        for seed, value in enumerate(values):
            record = cell.seed(seed).claim()
            record.start({}, "")
            record.append({"epoch": 1, "test/accuracy": 0.1, "test/nll": 9.0})
            record.append({"epoch": 2, "test/accuracy": value, "test/nll": 2 * (1 - value)})
            record.end("done", {})
    return store


def asked(store):
    return [(cell, cell.seeds()) for cell in store.cells()]


def test_what_varies_makes_the_table(store):
    assert varying([cell for cell, _ in asked(store)]) == ["loss", "noise"]
    table = pivot(asked(store), "test/accuracy")
    assert sorted(table.rows) == ["ce", "gce"]
    assert sorted(table.columns) == ["noise=0.0", "noise=0.6"]


def test_a_choice_within_a_choice_hides_its_arguments(tmp_path):
    cells = []
    for name, arguments in (("ce", {}), ("gce", {"q": 0.7})):
        question = {"loss": {"_target_": "losses.logit_clip", "base": {"_target_": f"losses.{name}", **arguments}}}
        cells.append(Store(tmp_path).cell(question, {"loss": "logit_clip", "loss.base": name}))
    assert varying(cells) == ["loss.base"]


def test_arguments_of_the_same_choice_are_kept_apart(tmp_path):
    store, asked = Store(tmp_path), []
    for loss, arguments in (("ce", {}), ("poly", {"epsilon": 1.0}), ("poly", {"epsilon": 2.0})):
        for noise in (0.0, 0.6):
            question = {"noise": noise, "loss": {"_target_": f"losses.{loss}", **arguments}}
            asked.append((store.cell(question, {"loss": loss}), [0]))
    assert varying([cell for cell, _ in asked]) == ["loss", "noise", "loss.epsilon"]
    table = pivot(asked, "test/accuracy")
    assert table.rows == ["ce", "poly, loss.epsilon=1.0", "poly, loss.epsilon=2.0"]
    assert table.columns == ["noise=0.0", "noise=0.6"]
    assert len(table.entries) == len(asked)


def test_entries_are_the_last_rows(store):
    table = pivot(asked(store), "test/accuracy")
    for (loss, noise), values in ACCURACY.items():
        assert table.entries[loss, f"noise={noise}"].values == values
        text = f"{100 * mean(values):.2f} ± {100 * stdev(values):.2f} (n={len(values)})"
        assert table.entries[loss, f"noise={noise}"].text(100, 2) == text


def test_the_best_is_the_highest_accuracy_and_the_lowest_loss(store):
    assert [pivot(asked(store), "test/accuracy").best(f"noise={n}") for n in (0.0, 0.6)] == ["ce", "gce"]
    assert [pivot(asked(store), "test/nll").best(f"noise={n}") for n in (0.0, 0.6)] == ["ce", "gce"]


def test_what_is_not_done_is_counted_and_keeps_a_cell_from_being_best(store):
    cell = next(c for c in store.cells() if c.choices["loss"] == "gce" and c.question["noise"] == 0.6)
    record = cell.seed(7).claim()
    record.start({}, "")
    record.end("diverged", {})
    found = entry(ends(cell, range(9)), "test/accuracy")
    assert found.others == {"diverged": 1, "planned": 6}
    assert found.text(100, 2) == "82.00 ± 2.83 (n=2), 1 diverged, 6 planned"
    assert pivot(asked(store), "test/accuracy").best("noise=0.6") is None


def test_a_metric_that_a_row_lacks_is_said_to_be_missing(store):
    cell = next(store.cells())
    assert entry(ends(cell, [0]), "train/memorised").text(1, 4) == "1 without train/memorised"


def test_rows_and_columns_can_be_chosen(store):
    table = pivot(asked(store), "test/accuracy", rows="noise", columns="loss")
    assert sorted(table.rows) == ["0.0", "0.6"]
    assert sorted(table.columns) == ["loss=ce", "loss=gce"]


def test_the_command_prints_and_renews(store, tmp_path, capsys):
    main([f"store={tmp_path}", "format=markdown"])
    table = capsys.readouterr().out
    assert table.splitlines()[2:] == [
        "|  | noise=0.0 | noise=0.6 |",
        "|---|---|---|",
        "| ce | 92.00 ± 2.00 (n=3) * | 51.00 ± 1.41 (n=2) |",
        "| gce | 90.00 ± 1.00 (n=3) | 82.00 ± 2.83 (n=2) * |",
    ]
    command = f"<!-- python -m runner.report store={tmp_path} rows=loss cols=noise -->"
    page = tmp_path / "page.md"
    page.write_text(f"before\n{command}\nold\n<!-- end -->\nafter\n")
    main([f"into={page}"])
    assert page.read_text() == f"before\n{command}\n{table}\n<!-- end -->\nafter\n"
    main([f"store={tmp_path}"])
    assert "test/accuracy in %" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("wrong", ["metrik=test/nll", "format=latex", "store=nowhere"])
def test_wrong_options_are_refused(wrong, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=wrong.split("=")[0]):
        main([wrong])
