"""How far sweeps are, from the store alone."""

import json
from collections import Counter

import pytest

from runner.comparison.results import read
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import plan
from runner.status import main
from runner.store.store import Store
from tests import damage
from tests.stores import keep


@pytest.fixture
def store(tmp_path):
    """A sweep of two cells of three seeds: done, diverged, failed; running, stale, never begun. And another cell."""
    said = ["loss=ce,gce", "dataset=blobs", "seeds=3", f"store={tmp_path}"]
    ce, gce = plan.plan(compose_cells(said, multirun=True))
    plan.keep([ce, gce], ["python", "-m", "runner", "-m", "loss=ce,gce"])
    ce.cell.write("data")
    for seed, state in enumerate(("done", "diverged", "failed")):
        record = ce.cell.seed(seed).claim()
        record.start({}, "")
        record.end(state, {}, cause=None if state == "done" else "why")
    running, stale = gce.cell.seed(0).claim(), gce.cell.seed(1).claim()
    running.start({}, "")
    stale.start({}, "")
    stale.abandon()  # as if its process had died
    other = Store(tmp_path).cell({"other": 1}, {}).seed(7).claim()
    yield tmp_path
    running.abandon()
    other.abandon()


def test_every_state_is_told_apart(store, capsys):
    main([str(store), "--json"])
    sweep, others = json.loads(capsys.readouterr().out)
    assert sweep["sweep"] == "python -m runner -m loss=ce,gce"
    ce, gce = sweep["cells"]
    assert (ce["name"], gce["name"]) == ("loss=ce", "loss=gce")
    assert [ce["seeds"][str(seed)]["state"] for seed in range(3)] == ["done", "diverged", "failed"]
    assert ce["seeds"]["2"]["cause"] == "why"
    assert [gce["seeds"][str(seed)]["state"] for seed in range(3)] == ["running", "stale", "planned"]
    assert 0 <= gce["seeds"]["0"]["beat"] < 60
    assert others["cells"][0]["seeds"]["7"]["state"] == "running"


def test_a_table_counts_them(store, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    main([str(store)])
    said = capsys.readouterr().out
    (row,) = (line for line in said.splitlines() if "loss=gce " in line)
    assert [cell.strip() for cell in row.strip("│").split("│")][1:3] == ["1", "1 (beat 0 s ago)"]
    assert "not of a sweep" in said


def test_a_cell_of_no_sweep_is_called_as_it_was_asked_for(tmp_path, capsys):
    record = Store(tmp_path).cell({"other": 1}, {}).seed(7).claim()
    record.start({}, f"python -m runner loss=gce noise=0.4 store={tmp_path} seed=7 seeds=1")
    main([f"store={tmp_path}"])
    assert "loss=gce noise=0.4 " in capsys.readouterr().out
    record.abandon()


def test_a_store_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="there is no such folder"):
        main([str(tmp_path / "gone")])
    with pytest.raises(ConfigError, match="did you mean --watch"):
        main([str(tmp_path), "--wacth"])


def test_an_empty_store_says_so(tmp_path, capsys):
    main([str(tmp_path)])
    assert "nothing is in this store yet" in capsys.readouterr().out


def test_a_damaged_plan_leaves_its_cells_to_be_seen(store, capsys):
    for file in store.glob("sweeps/*.json"):
        file.write_text("{")
    main([str(store), "--json"])
    (others,) = json.loads(capsys.readouterr().out)
    assert len(others["cells"]) == 3


DAMAGES = {
    "config": ("config.yaml", damage.FILE_DAMAGES["a digit"]),
    "no config": ("config.yaml", damage.FILE_DAMAGES["lost"]),
    "rows": ("seed=0/rows.jsonl", damage.FILE_DAMAGES["a digit"]),
    "provenance": ("seed=0/provenance.json", damage.FILE_DAMAGES["a bit"]),
    "status": ("seed=0/status.json", damage.FILE_DAMAGES["a digit"]),
}


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize(("file", "way"), DAMAGES.values(), ids=DAMAGES)
def test_what_is_done_the_report_counts_as_well(file, way, planned, tmp_path, capsys):
    """And what it leaves out, the status leaves out in the same words, and not among its answer."""
    cell = keep(tmp_path, [0.5, 0.6])
    keep(tmp_path, [0.5], loss="gce")
    if planned:
        cell.store.keep_sweep("a command", [{"cell": cell.path.name, "name": "a", "seeds": [0, 1]}])
    way(cell.path / file)
    shown = Counter(outcome.state for each in read(tmp_path) for outcome in each.outcomes.values())
    left = capsys.readouterr().err
    main([str(tmp_path), "--json"])
    out, err = capsys.readouterr()
    told = [seed["state"] for sweep in json.loads(out) for its in sweep["cells"] for seed in its["seeds"].values()]
    assert Counter(told)["done"] == shown["done"] < 3
    assert err == left
    main([str(tmp_path)])
    out, err = capsys.readouterr()
    assert (err, "left out" in out) == (left, False)


def test_seeds_of_a_planned_cell_that_no_sweep_planned_are_shown_as_well(tmp_path, capsys):
    cell = keep(tmp_path, [0.5, 0.6, 0.7])
    cell.store.keep_sweep("a command", [{"cell": cell.path.name, "name": "a", "seeds": [1]}])
    main([str(tmp_path), "--json"])
    sweep, others = json.loads(capsys.readouterr().out)
    assert [list(found["cells"][0]["seeds"]) for found in (sweep, others)] == [["1"], ["0", "2"]]
