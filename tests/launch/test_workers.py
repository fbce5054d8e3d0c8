"""How many workers a sweep has, with how many threads, and how threads wait."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner.compose.program import SPINS
from runner.launch import pool, workers

ROOT = Path(__file__).resolve().parents[2]
AUTO = {"jobs": "auto", "threads": "auto"}


@pytest.fixture
def machine(monkeypatch):
    """A machine without GPUs: its cores, and its load."""

    def described(cores, load=0.0):
        monkeypatch.setattr(pool, "cores", lambda: cores)
        monkeypatch.setattr(pool, "_gpus", list)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 9.0, 9.0))

    return described


@pytest.mark.parametrize(
    ("settings", "most", "expected"),
    [
        ({}, 100, (4, 1)),
        ({}, 3, (3, 1)),
        ({"jobs": 1}, 100, (1, 1)),
        ({"jobs": 3}, 100, (3, 1)),
        ({"jobs": 1, "threads": 4}, 100, (1, 4)),
        ({"jobs": 6}, 100, (6, 1)),
        ({"threads": 2}, 100, (2, 2)),
        ({"jobs": 2, "threads": 3}, 1, (1, 3)),
    ],
    ids=str,
)
def test_workers_are_as_many_as_the_cores_allow_whatever_else_the_machine_does(machine, settings, most, expected):
    for load in (0.0, 50.0):
        machine(cores=4, load=load)
        crew = workers.workers(AUTO | settings, most)
        assert (len(crew.environments), crew.threads) == expected


@pytest.mark.parametrize(
    ("jobs", "threads", "load", "said"),
    [
        (2, 1, 0.4, "2 workers with 1 thread each, on 2 cores"),
        (2, 1, 1.6, "2 workers with 1 thread each, on 2 cores that other work keeps busy (load 1.6)"),
        (1, 2, 0.4, "1 worker with 2 threads each, on 2 cores"),
        (2, 2, 0.4, "2 workers with 2 threads each, on 2 cores, which is fewer than the threads: they wait for "
            "each other"),
    ],
)  # fmt: skip
def test_what_makes_workers_slow_is_said(machine, jobs, threads, load, said):
    machine(cores=2, load=load)
    assert workers.Workers([{}] * jobs, threads).said == said


@pytest.mark.programs
@pytest.mark.parametrize("program", ["runner", "runner.tune"])
@pytest.mark.parametrize(
    ("asked", "policy", "spins"),
    [({}, "PASSIVE", SPINS), ({"OMP_WAIT_POLICY": "active"}, "ACTIVE", ""), ({"GOMP_SPINCOUNT": "7"}, "PASSIVE", "7")],
)
def test_threads_that_wait_soon_sleep_unless_it_is_said_otherwise(program, asked, policy, spins, tmp_path):
    """What OpenMP itself says of it, in the process where torch was imported."""
    words = ["dataset=blobs", "epochs=1", f"store={tmp_path}", "exec.wandb.mode=disabled"]
    tuned = ["val_fraction=0.2", "trials=1", "space.optimizer.lr=log(1e-3,1)"] * (program == "runner.tune")
    known = {name: value for name, value in os.environ.items() if name not in {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}}
    done = subprocess.run(
        [sys.executable, "-m", program, *words, *tuned],
        cwd=ROOT, env=known | asked | {"OMP_DISPLAY_ENV": "verbose"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = {name: set(re.findall(rf"{name} = '(\w+)'", done.stderr)) for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    assert said["OMP_WAIT_POLICY"] == {policy}
    assert not spins or said["GOMP_SPINCOUNT"] == {spins}
