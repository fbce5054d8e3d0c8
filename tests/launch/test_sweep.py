"""A grid in worker processes: planned, balanced, and what becomes of a cell costs that cell alone."""

import ctypes
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.compose.command_line import compose_cells
from runner.console.plain import Plain
from runner.launch import plan, summary, sweep
from runner.launch.pool import Ended
from runner.store.store import Store
from tests.program import interrupted, program

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.programs
SETTINGS = {"jobs": 2, "threads": 1, "limit": None, "retries": 0}


@pytest.fixture
def cells(tmp_path):
    """From overrides of a grid on blobs to its planned cells."""

    def planned(*overrides):
        said = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "exec.progress=none", "exec.wandb.mode=disabled"]
        return plan.plan(compose_cells([*said, *overrides], multirun=True))

    return planned


def shown(planned):
    text = io.StringIO()
    plan.show(planned, Plain(file=text, width=120))
    return text.getvalue()


def test_a_plan_says_what_is_done_and_what_is_to_do(cells):
    assert "2 cells, 4 seeds: 4 to do (how long it takes is not known yet)" in shown(cells("loss=ce,gce", "seeds=2"))
    sweep.sweep(cells("loss=ce", "seeds=2"), SETTINGS)
    said = shown(cells("loss=ce,gce", "seeds=3"))
    assert "2 cells, 6 seeds: 2 done, 4 to do (about" in said
    assert "by what 1 of the cells took" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("│")] == ["loss=ce", "loss=gce"]


def test_seeds_that_another_process_has_are_elsewhere(cells):
    (before,) = cells("seeds=2")
    before.cell.seed(1).claim()
    (after,) = cells("seeds=2")
    assert after.states == {0: "to do", 1: "elsewhere"}


def test_a_cell_that_is_asked_for_twice_is_planned_once(cells):
    (one,) = cells("seed=0,1,2", "seeds=2")
    assert list(one.states) == [0, 1, 2, 3]


def test_all_cells_are_at_few_seeds_before_any_is_at_many(cells):
    order = [
        (planned.config.choices["loss"], task.config.seeds.start, len(task.config.seeds))
        for planned, task in sweep.tasks(cells("loss=ce,gce", "seeds=5", "exec.chunk=2"))
    ]
    assert order == [("ce", 0, 2), ("gce", 0, 2), ("ce", 2, 2), ("gce", 2, 2), ("ce", 4, 1), ("gce", 4, 1)]


def test_a_task_has_consecutive_seeds(cells):
    sweep.sweep(cells("seed=2"), SETTINGS)
    ranges = [(task.config.seeds.start, len(task.config.seeds)) for _, task in sweep.tasks(cells("seeds=5"))]
    assert ranges == [(0, 2), (3, 2)]


def test_a_sweep_is_its_cells_one_by_one(cells, stored, tmp_path):
    assert sweep.sweep(cells("loss=ce,gce", "noise=0,0.4", "seeds=2"), SETTINGS) == []
    together = stored(tmp_path)
    assert len(together) == 8
    for loss in ("ce", "gce"):
        for noise in ("0", "0.4"):
            sweep.sweep(cells(f"loss={loss}", f"noise={noise}", "seeds=2", f"store={tmp_path}/alone"), SETTINGS)
    assert stored(tmp_path / "alone") == together


def test_cells_that_become_known_as_others_are_over_are_trained_by_the_same_workers(cells, capfd):
    first, *others = cells("loss=ce,gce,poly", "seeds=2", "exec.progress=lines")
    told = []

    def more(planned):
        told.append(planned.config.choices["loss"])
        return others if len(told) == 1 else []

    assert sweep.sweep([first], SETTINGS, more, expected=3) == []
    assert told[0] == "ce"
    assert sorted(told) == ["ce", "gce", "poly"]
    assert all(each.cell.seed(1).finished for each in (first, *others))
    said = capfd.readouterr().err
    assert all(f"[{number}/3]" in said for number in (1, 2, 3))
    assert said.count("2 workers with 1 thread each") == 1


def test_what_is_imported_before_workers_are_forked_leaves_cuda_alone():
    code = """
import torch
torch.cuda.is_available = torch.cuda.device_count = torch.cuda.init = torch.cuda._lazy_init = None
from runner.launch.sweep import PRELOAD
for module in PRELOAD: __import__(module)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def dying(task, say):
    """gce dies as its command says, the others train."""
    if task.config.choices["loss"] == "gce":
        {"segfault": lambda: ctypes.string_at(0), "exit": lambda: os._exit(3), "hang": lambda: time.sleep(600),
         "raise": lambda: 1 / 0}[task.config.exec.wandb.tags[0]]()  # fmt: skip
    sweep_train(task, say)


sweep_train = sweep.train


@pytest.mark.parametrize(
    ("death", "cause"),
    [
        ("segfault", "SIGSEGV"),
        ("exit", "left with exit status 3"),
        ("hang", "took longer than 5 s"),
        ("raise", "Zero"),
    ],
)
def test_a_death_costs_its_own_cell_and_is_told(cells, monkeypatch, death, cause):
    monkeypatch.setattr(sweep, "train", dying)
    planned = cells("loss=gce,ce,poly", "seeds=2", f"exec.wandb.tags=[{death}]")
    assert sweep.sweep(planned, SETTINGS | {"limit": 5 if death == "hang" else None}) == []
    states = {p.config.choices["loss"]: p.cell.seed(1).status() for p in plan.plan([p.config for p in planned])}
    assert {loss: status["state"] for loss, status in states.items()} == {"gce": "failed", "ce": "done", "poly": "done"}
    assert cause in states["gce"]["cause"]
    assert states["gce"]["command"].endswith("seed=1 seeds=1")
    assert "loss=gce" in states["gce"]["command"]
    assert not any(p.cell.seed(s).held for p in planned for s in (0, 1))


def test_a_cell_that_cannot_be_begun_is_refused_and_the_others_are_done(cells):
    planned = cells("imbalance=1,1e6", "seeds=1")
    (refusal,) = sweep.sweep(planned, SETTINGS)
    assert "imbalance=1e+06 leaves class" in str(refusal)
    assert [p.cell.seed(0).status()["state"] for p in planned] == ["done", "planned"]
    assert not planned[1].cell.path.exists()


def test_the_board_counts_epochs_and_says_what_failed(cells, capsys):
    todo = [task for _, task in sweep.tasks(cells("loss=ce,gce", "seeds=2"))]
    with sweep.Board("lines", todo) as board:
        board.hear(0, 3.0)
        assert board.bar.tasks[0].completed == 3
        assert board.bar.tasks[0].total == 8
        board.hear(0, "something to say")
        board.hear(0, ["a.csv: 3 rows"])
        board.hear(1, ["a.csv: 3 rows"])
        board.end(0, Ended(0, "done", None, None, 1, 2.0), 2)
        board.end(1, Ended(1, "failed", "killed", None, 1, 2.0), 1)
        assert board.bar.tasks[0].completed == 8
    said = capsys.readouterr().err
    assert "something to say" in said
    assert said.count("a.csv: 3 rows\n") == 1
    assert "[1/2]" in said
    assert "1 of 2 seeds done, failed: killed" in said


def test_why_a_cell_is_refused_is_left_to_say_at_the_end(cells, capsys):
    todo = [task for _, task in sweep.tasks(cells("loss=ce", "seeds=2"))]
    with sweep.Board("lines", todo) as board:
        board.end(0, Ended(0, "failed", "ConfigError: a long story", None, 1, 2.0), 0)
    said = capsys.readouterr().err
    assert "0 of 2 seeds done, refused, 2.0 s" in said
    assert "story" not in said


def test_what_data_a_worker_read_is_said_once_and_on_a_line_each(tmp_path, cells, capsys):
    (_, task), *_ = sweep.tasks(cells("loss=ce", "seeds=1", f"store={tmp_path}"))
    with sweep.Board("lines", [task]) as board:
        board.hear(0, ["a class of two\nlines"])
        board.hear(0, ["a class of two\nlines", "another"])
    assert capsys.readouterr().err.splitlines() == ["a class of two\\nlines", "another"]


GRID = ("-m", "loss=ce,gce", "noise=0,0.4", "seeds=2", "dataset=blobs", "epochs=24", "exec.checkpoint_every=3")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store that the grid was trained in without a stop."""
    store = tmp_path_factory.mktemp("whole")
    assert program(*GRID, f"store={store}", cwd=store).returncode == 0
    return store


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_sweep_that_is_killed_goes_on(number, tmp_path, stored, whole):
    """The sweep's own process; its workers see it go."""
    there = tmp_path / "a store of Zoë"
    status, _ = interrupted(number, there, "cells/*/checkpoints/*.checkpoint", *GRID)
    if number == signal.SIGINT:
        assert status == 130
    again = program(*GRID, f"store='{there}'", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert stored(there) == stored(whole)
    assert list(there.glob("cells/*/seed=*/lease-*")) == []


def test_dry_says_what_there_is_to_do_and_does_nothing(tmp_path):
    done = program("-m", "loss=ce,gce", "seeds=2", "dry=true", cwd=tmp_path)
    assert done.returncode == 0
    assert "2 cells, 4 seeds: 4 to do" in done.stdout
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_failures_are_grouped_by_cause_with_a_command_each(tmp_path):
    store = Store(tmp_path / "results")
    cells = compose_cells(["loss=ce,gce", "seeds=2", "dataset=blobs", f"store={store.root}"], multirun=True)
    for each in cells:
        cell = store.cell(each.identity, each.choices)
        for seed in (0, 1):
            cell.seed(seed).claim().judge(
                "failed", "the roof is on fire", command=f"python -m runner again seed={seed}", traceback="Trace of it"
            )
    text = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", text)
        assert summary.show(plan.plan(cells)) == 1
    assert text.getvalue().count("4 failed: the roof is on fire") == 1
    assert text.getvalue().count("Trace of it") == 1
    assert text.getvalue().count("to try again: python -m runner again seed=") == 4


def test_hydras_own_launcher_does_as_well(tmp_path):
    done = program("-m", "loss=ce,gce", "dataset=blobs", "epochs=1", "hydra/launcher=basic", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("n=1") == 2


def test_a_key_that_only_the_swept_choices_have_is_of_each_of_them(tmp_path):
    swept = ("-m", "curation=random,gio", "curation.share=0.5", "dataset=blobs", "epochs=1")
    for launcher in ("pool", "basic"):
        done = program(*swept, f"hydra/launcher={launcher}", f"store={launcher}", cwd=tmp_path)
        assert (done.returncode, done.stdout.count("n=1")) == (0, 2), done.stderr


def test_a_command_that_leaves_seeds_to_another_process_is_not_done(cells, capsys):
    """Nor has it failed."""
    sweep.sweep(cells("seeds=1"), SETTINGS)
    (planned,) = cells("seeds=2")
    other = planned.cell.seed(1).claim()
    assert summary.show([planned]) == 3
    assert "1 seed left to another process" in capsys.readouterr().err
    other.judge("failed", "the roof is on fire")
    assert summary.show([planned]) == 1
