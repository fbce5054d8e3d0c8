"""The store: whole or not at all, one writer a seed."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.store import Store

QUESTION, CHOICES = {"noise": 0.6, "loss": {"_target_": "losses.ce.CE"}}, {"loss": "ce"}
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def cell(tmp_path):
    return Store(tmp_path / "results of Zoë").cell(QUESTION, CHOICES)


def finish(record, state="done"):
    record.start({"commit": None}, "python -m runner seed=0")
    record.append({"epoch": 1, "test/accuracy": 0.5})
    record.end(state, {"seconds": 1.0}, cause=None)


def test_what_is_written_is_read(cell):
    record = cell.seed(3).claim()
    finish(record)
    (again,) = Store(cell.path.parents[1]).cells()
    assert (again.question, again.choices, again.seeds()) == (QUESTION, CHOICES, [3])
    seed = again.seed(3)
    assert seed.finished
    assert seed.rows() == [{"epoch": 1, "test/accuracy": 0.5}]
    assert seed.provenance() == {"commit": None, "seconds": 1.0}
    status = seed.status()
    assert status["pid"] == os.getpid()
    assert status["command"] == "python -m runner seed=0"
    assert Store(cell.path.parents[1]).cell(again.question, {}).path == again.path


def test_the_layout_is_the_documented_one(cell):
    finish(cell.seed(0).claim())
    assert {f.name for f in cell.path.iterdir()} == {"config.yaml", "seed=0"}
    assert {f.name for f in (cell.path / "seed=0").iterdir()} == {
        "rows.jsonl",
        "status.json",
        "provenance.json",
        "lock",
    }


@pytest.mark.parametrize("state", ["done", "diverged"])
def test_an_outcome_is_not_claimed_again(cell, state):
    finish(cell.seed(0).claim(), state)
    assert cell.seed(0).claim() is None


@pytest.mark.parametrize("state", ["failed", "planned"])
def test_what_did_not_finish_begins_anew(cell, state):
    finish(cell.seed(0).claim(), state)
    record = cell.seed(0).claim()
    record.start({}, "again")
    assert record.rows() == []
    assert record.status()["state"] == "running"
    record.end("done", {})


def test_a_seed_has_one_claimant(cell):
    first = cell.seed(0).claim()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(claimable, (cell,)) is False
    finish(first, "failed")
    assert claimable(cell)


def claimable(cell):
    return cell.seed(0).claim() is not None


def test_a_killed_claimant_frees_its_seed(cell):
    code = (
        "import sys, time; from runner.store import Store\n"
        "c = Store(sys.argv[1]).cell({'noise': 0.6, 'loss': {'_target_': 'losses.ce.CE'}}, {'loss': 'ce'})\n"
        "r = c.seed(0).claim(); r.start({}, ''); print('claimed', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, cell.path.parents[1]], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "claimed\n"
    assert cell.seed(0).claim() is None
    assert cell.seed(0).status()["state"] == "running"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert cell.seed(0).claim() is not None


def test_a_claim_given_up_leaves_no_trace(cell):
    cell.seed(0).claim().abandon()
    assert not cell.path.parents[1].exists()
    finish(cell.seed(1).claim())
    cell.seed(0).claim().abandon()
    assert cell.seeds() == [1]


def test_signs_of_life_are_written_now_and_then(cell, monkeypatch):
    record = cell.seed(0).claim()
    record.start({}, "")
    begun = record.status()["heartbeat"]
    record.append({"epoch": 1})
    assert record.status()["heartbeat"] == begun
    monkeypatch.setattr(time, "time", lambda: begun + 60)
    record.append({"epoch": 2})
    assert record.status()["heartbeat"] == begun + 60
    record.end("done", {})


def test_a_reader_never_sees_half_a_file(cell):
    record = cell.seed(0).claim()
    record.start({"filler": "x" * 100_000}, "")
    for i in range(20):
        record._say("running", note=i)
        assert json.loads((record.path / "status.json").read_text())["note"] == i
    assert not [f for f in record.path.iterdir() if f.name.startswith(".")]
    record.end("done", {})
