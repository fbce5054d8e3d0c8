"""A terminal that is closed under a run or a grid."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from runner.store.store import Store
from tests.faults.conftest import ROOT
from tests.program import hearing

IN_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
SAID = ("dataset=blobs", "epochs=300", "seeds=2", "exec.wandb.mode=disabled", "exec.checkpoint_every=0")


class Terminal:
    """A terminal of its own in which a run is started."""

    def __init__(self, folder, *command):
        self.ours, theirs = os.openpty()
        python = [sys.executable, "-c", IN_A_TERMINAL, *hearing(command)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self.child = subprocess.Popen(python, cwd=folder, env=environment, start_new_session=True, **ends)
        os.close(theirs)

    def close_once_it_trains(self, store):
        """Read along, as a terminal does, until rows are there."""
        os.set_blocking(self.ours, False)
        while self.child.poll() is None and not any(f.stat().st_size for f in store.glob("cells/*/seed=*/rows.jsonl")):
            time.sleep(0.01)
            with suppress(OSError):  # there is nothing to read yet, or under nohup never
                os.read(self.ours, 1 << 16)
        os.close(self.ours)


def test_a_run_under_a_closed_terminal_keeps_a_checkpoint_and_goes_on(tmp_path, stored):
    store = tmp_path / "store"
    command = [sys.executable, "-m", "runner", *SAID, f"store={store}"]
    terminal = Terminal(tmp_path, *command)
    terminal.close_once_it_trains(store)
    assert terminal.child.wait() == 130
    _stopped_and_done_again(command, store, tmp_path, stored)


def test_a_grid_under_a_closed_terminal_does_likewise(tmp_path, stored):
    """The signal comes to all of its processes, and again to workers whose parent has gone."""
    store = tmp_path / "store"
    command = [sys.executable, "-m", "runner", "-m", "loss=ce,gce", *SAID, f"store={store}"]
    terminal = Terminal(tmp_path, *command)
    terminal.close_once_it_trains(store)
    assert terminal.child.wait() == -signal.SIGHUP
    while list(store.glob("workers/*")):  # they save
        time.sleep(0.01)
    _stopped_and_done_again(command, store, tmp_path, stored)


def _stopped_and_done_again(command, store, folder, stored):
    records = [cell.seed(seed) for cell in Store(store).cells() for seed in cell.seeds()]
    stopped = [record for record in records if not record.finished]
    assert stopped
    assert {record.status()["state"] for record in stopped} == {"planned"}
    assert all(record.cell.checkpoints() for record in stopped)
    assert list(store.glob("**/lease-*")) == list(store.glob("workers/*")) == []
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for said in (command, [*command[:-1], f"store={folder / 'whole'}"]):
        done = subprocess.run(said, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert all(record.provenance()["continued_after_epoch"] >= 1 for record in stopped)
    assert stored(store) == stored(folder / "whole")


@pytest.mark.parametrize("grid", [[], ["-m", "loss=ce,gce"]], ids=["run", "grid"])
def test_under_nohup_it_is_not_even_noticed(grid, tmp_path):
    store = tmp_path / "store"
    terminal = Terminal(tmp_path, "/usr/bin/nohup", sys.executable, "-m", "runner", *grid, *SAID, f"store={store}")
    terminal.close_once_it_trains(store)
    assert terminal.child.wait() == 0
    states = [cell.seed(seed).status()["state"] for cell in Store(store).cells() for seed in cell.seeds()]
    assert states == ["done", "done"] * (2 if grid else 1)
