"""Hit at any moment, again and again, a sweep comes to the same end as if nothing had been."""

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from runner.store import Store

GRID = ("loss=ce,gce", "noise=0,0.3,0.6", "optimizer.lr=0.05,0.1", "seeds=3", "epochs=60", "exec.checkpoint_every=2")
LATE = 0.75  # share of the hits that wait for the training to begin
PAUSE = 3.0  # seconds at most until the next hit


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def undisturbed(kept, sweep, stored, tmp_path):
    """The rows of a sweep that nobody hit, trained once for all tests."""
    if not kept:
        child = sweep(tmp_path / "whole", *GRID)
        assert child.wait() == 0, child.said.read_text()
        kept.update({key[0] + key[1]: rows for key, rows in stored(tmp_path / "whole").items()})
    return kept


def workers(pid):
    """The workers of a sweep: the children of the server that forks them, which is its child."""
    return [worker for server in children(pid) for worker in children(server)]


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it is gone
        return []


def runs_after_a_while(child, chance):
    """Let a random time pass; is the sweep still at it?"""
    if chance.random() < LATE:
        while child.poll() is None and not workers(child.pid):
            time.sleep(0.01)
    with suppress(TimeoutExpired):
        child.wait(chance.uniform(0, PAUSE))
    return child.poll() is None


def finished(store):
    """{status file: when and what was written}, and of the rows beside it, of all seeds that are finished."""
    records = [cell.seed(seed) for cell in Store(store).cells() for seed in cell.seeds()]
    return {
        file: (file.stat().st_mtime_ns, file.read_bytes())
        for record in records
        if record.finished
        for file in (record.path / "status.json", record.path / "rows.jsonl")
    }


def hit(child, number, chance, turn):
    """Send the signal to the sweep or, every other time, to one of its workers; was it the sweep?"""
    if number == signal.SIGINT:
        os.killpg(child.pid, number)  # as a terminal does it
        return True
    victims = workers(child.pid) if turn % 2 else []
    with suppress(ProcessLookupError):
        os.kill(chance.choice(victims or [child.pid]), number)
    return not victims


@pytest.mark.parametrize(("number", "hits"), [(signal.SIGKILL, 30), (signal.SIGTERM, 10), (signal.SIGINT, 10)])
def test_nothing_is_lost_and_nothing_is_done_twice(number, hits, sweep, undisturbed, stored, tmp_path):
    chance = random.Random(int(number))
    turn = starts = rounds = 0
    while turn < hits:
        store, before = tmp_path / f"round {rounds}", {}
        rounds += 1
        code = None
        while code != 0:
            child = sweep(store, *GRID)
            starts += 1
            while turn < hits and runs_after_a_while(child, chance):
                turn += 1
                if hit(child, number, chance, turn):
                    break
            code = child.wait()
            said = child.said.read_text()
            assert code in (0, 1, 130, -number), said
            if number != signal.SIGINT:  # it may come as Python starts
                assert "Traceback" not in said
            now = finished(store)
            assert before.items() <= now.items()
            before = now
        assert {key[0] + key[1]: rows for key, rows in stored(store).items()} == undisturbed
        assert len(before) == 2 * len(undisturbed)
        assert [file for file in store.glob("cells/**/*") if "lease" in file.name or file.name == "checkpoints"] == []
    print(f"seed {int(number)}: {turn} hits, {starts} starts, {rounds} sweeps, {len(undisturbed)} seeds each")
