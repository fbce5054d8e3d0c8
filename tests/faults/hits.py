"""Hits at random moments, at a program or one of its workers, and what its store has afterwards."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

from runner.store.store import Store

LATE = 0.75  # share of the hits that wait for the training to begin
PAUSE = 3.0  # seconds at most until the next hit


def workers(pid):
    """The workers of a sweep: the children of the server that forks them, which is its child."""
    return [worker for server in children(pid) for worker in children(server)]


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it is gone
        return []


def trains(child, store):
    """Does a program, or one of its workers, hold a lease in this store?"""
    pids = {child.pid, *workers(child.pid)}
    for file in store.glob("workers/*.json"):
        with suppress(OSError, ValueError):  # it has just ended
            if json.loads(file.read_text())["pid"] in pids:
                return True
    return False


def runs_after_a_while(child, chance, begun, *of):
    """Let a random time pass, most often from when it has `begun` to train; is the program still at it?"""
    if chance.random() < LATE:
        while child.poll() is None and not begun(*of):
            time.sleep(0.01)
    with suppress(TimeoutExpired):
        child.wait(chance.uniform(0, PAUSE))
    return child.poll() is None


def hit(child, number, chance, turn):
    """Send the signal to the program or, every other time, to one of its workers; was it the program?"""
    if number == signal.SIGINT:
        os.killpg(child.pid, number)  # as a terminal does it
        return True
    victims = workers(child.pid) if turn % 2 else []
    with suppress(ProcessLookupError):
        os.kill(chance.choice(victims or [child.pid]), number)
    return not victims


def finished(store):
    """{status file: when and what was written}, and of the rows beside it, of all seeds that are finished."""
    records = [cell.seed(seed) for cell in Store(store).cells() for seed in cell.seeds()]
    return {
        file: (file.stat().st_mtime_ns, file.read_bytes())
        for record in records
        if record.finished
        for file in (record.path / "status.json", record.path / "rows.jsonl")
    }


def left_behind(store):
    """What only a process at work may leave in a store."""
    return [file for file in store.glob("cells/**/*") if "lease" in file.name or file.name == "checkpoints"]
