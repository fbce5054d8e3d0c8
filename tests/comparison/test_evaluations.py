"""Results at equal numbers of gradient evaluations."""

import pytest

from runner import report
from runner.comparison.evaluations import at_equal_evaluations, evaluations
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.console.errors import ConfigError


@pytest.fixture
def store(go, tmp_path):
    """Two seeds of four epochs of plain descent, and of three of an optimizer that takes two gradients a step."""
    for words in (["optimizer=sgd", "epochs=4"], ["optimizer=sam", "epochs=3"]):
        go("seeds=2", *words)
    return tmp_path


def optimizers(results):
    return {each.choices["optimizer"]: each for each in results}


def test_seeds_are_cut_to_the_fewest_gradients(store):
    cells = optimizers(read(store))
    rows = {name: [each.rows() for each in records(store, cell)] for name, cell in cells.items()}
    steps = rows["sgd"][0][0]["step"]
    assert [[row["gradients"] for row in its] for its in rows["sam"]] == [[2 * steps, 4 * steps, 6 * steps]] * 2
    assert all("gradients" not in row for its in rows["sgd"] for row in its)

    found, least = at_equal_evaluations(read(store))
    assert least == 4 * steps
    cut = optimizers(found)
    for seed in range(2):
        assert cut["sgd"].outcomes[seed].rows["last"]["epoch"] == 4
        assert cut["sam"].outcomes[seed].rows["last"]["epoch"] == 2
        assert evaluations(cut["sam"].outcomes[seed].rows["last"]) == least


def records(store, cell):
    from runner.store.store import Store

    return [Store(store).named(cell.cell).seed(seed) for seed in range(2)]


def test_the_report_says_so(store, capsys):
    report.main([f"store={store}", "per=evaluations", "rows=optimizer", "format=markdown"])
    said = capsys.readouterr().out
    _, least = at_equal_evaluations(read(store))
    assert f"within {least:,} gradients" in said
    assert "s a seed" not in said
    report.main([f"store={store}", "rows=optimizer", "where=epochs=4", "format=markdown"])
    assert "gradients" not in capsys.readouterr().out


def test_plain_descent_is_the_baseline(store):
    (panel, *_) = panels(read(store), Layout(rows="optimizer"))
    assert panel.rows[0] == "sam"
    assert panel.baseline == "sgd"


def test_the_budget_is_of_what_is_compared(store):
    alone = [each for each in read(store) if each.choices["optimizer"] == "sam"]
    assert at_equal_evaluations(alone)[1] == max(evaluations(row) for row in records(store, alone[0])[0].rows())


def test_what_has_no_epochs_is_refused(store, tmp_path):
    pack = tmp_path / "packed.jsonl"
    report.main([f"store={store}", f"pack={pack}"])
    with pytest.raises(ConfigError, match=r"^per=evaluations: a packed file has no rows of epochs"):
        report.main([f"store={pack}", "per=evaluations"])


def test_one_that_was_evaluated_too_late_is_named(go, tmp_path):
    go("optimizer=sgd", "epochs=1")
    go("optimizer=sam", "epochs=2", "eval_every=2")
    with pytest.raises(ConfigError, match=r"was first evaluated after \d+ gradients, and another has no more than \d+"):
        at_equal_evaluations(read(tmp_path))
