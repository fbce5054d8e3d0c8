"""Leases: one holder, freed by death, never by sleep alone, whatever the clocks say."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runner.store import lease
from runner.store.lease import Watch, Worker, holding, take
from runner.store.record import LeaseLostError
from runner.store.store import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "seed=0").mkdir()
    return tmp_path / "seed=0"


@pytest.fixture
def clock(monkeypatch):
    """Our own clock, moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(lease.time, "monotonic", lambda: now[0])
    return now


def worker(tmp_path):
    return Worker(tmp_path / "workers")


def elsewhere(tmp_path, folder, beat=0, time=0.0):
    """A lease of a worker on another machine, whose clock says `time`."""
    (tmp_path / "workers").mkdir(exist_ok=True)
    facts = {"here": "another machine", "host": "there", "pid": 1, "started": "1", "beat": beat, "time": time}
    (tmp_path / "workers" / "other.json").write_text(json.dumps(facts))
    (folder / "lease-1").write_text(json.dumps({"worker": "other"}))


def test_a_folder_has_one_holder(tmp_path, folder):
    first, second, watch = worker(tmp_path), worker(tmp_path), Watch(tmp_path / "workers")
    held = take(folder, first, watch)
    assert held.held
    assert take(folder, second, watch) is None
    held.release()
    assert take(folder, second, watch).held


def test_of_many_at_once_one_gets_it(tmp_path, folder):
    barrier, got = threading.Barrier(16), []

    def rush():
        mine = worker(tmp_path)
        barrier.wait()
        if take(folder, mine, Watch(tmp_path / "workers")):
            got.append(mine.name)

    threads = [threading.Thread(target=rush) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert holding(folder)[1] == got[0]


def test_nothing_is_left_when_all_is_given_back(tmp_path, folder):
    mine = worker(tmp_path)
    held = take(folder, mine, Watch(tmp_path / "workers"))
    assert mine.file.exists()
    held.release()
    assert list(folder.iterdir()) == []
    assert list((tmp_path / "workers").iterdir()) == []


def test_a_killed_holder_of_this_machine_is_dead_at_once(tmp_path, folder):
    code = (
        "import sys, time; from pathlib import Path; from runner.store.lease import *\n"
        "folder = Path(sys.argv[1]); held = take(folder, Worker(folder.parent / 'workers'), Watch(folder))\n"
        "print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "held\n"
    watch = Watch(tmp_path / "workers")
    assert take(folder, worker(tmp_path), watch) is None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert take(folder, worker(tmp_path), watch).held


def test_a_process_number_that_was_used_again_is_not_the_holder(tmp_path, folder, monkeypatch):
    mine = worker(tmp_path)
    mine.facts["started"] = "long ago"  # as if another process had had our number
    take(folder, mine, Watch(tmp_path / "workers"))
    assert take(folder, worker(tmp_path), Watch(tmp_path / "workers")).held


@pytest.mark.parametrize("skew", [0.0, -3600.0, 3600.0, 4e9])
def test_a_holder_elsewhere_is_dead_when_its_beat_stands_still_whatever_its_clock_says(tmp_path, folder, clock, skew):
    elsewhere(tmp_path, folder, time=clock[0] + skew)
    watch = Watch(tmp_path / "workers")
    assert take(folder, worker(tmp_path), watch) is None
    clock[0] += lease.STALE - 1
    assert take(folder, worker(tmp_path), watch) is None
    clock[0] += 2
    assert take(folder, worker(tmp_path), watch).held


def test_a_holder_elsewhere_is_alive_when_its_beat_changes(tmp_path, folder, clock):
    elsewhere(tmp_path, folder, beat=0)
    watch = Watch(tmp_path / "workers")
    assert watch.alive("other") is None
    elsewhere(tmp_path, folder, beat=1)
    assert watch.alive("other") is True
    clock[0] += 10 * lease.STALE
    assert take(folder, worker(tmp_path), watch) is None


def test_beats_go_on_as_long_as_there_is_a_lease(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.01)
    mine = worker(tmp_path)
    held = take(folder, mine, Watch(tmp_path / "workers"))
    waiting = threading.Event()
    for _ in range(1000):
        if json.loads(mine.file.read_text())["beat"] >= 3:
            break
        waiting.wait(0.01)
    else:
        pytest.fail("no beats")
    held.release()
    assert not mine.file.exists()


def test_who_slept_through_a_takeover_finds_out(tmp_path, folder, clock):
    asleep = worker(tmp_path)
    held = take(folder, asleep, Watch(tmp_path / "workers"))
    asleep.facts["here"] = "another machine"
    asleep._beat(0)
    watch = Watch(tmp_path / "workers")
    watch.alive(asleep.name)
    clock[0] += lease.STALE + 1
    taken = take(folder, worker(tmp_path), watch)
    assert taken.held
    assert not held.held
    held.release()
    assert taken.held
    taken.release()
    again = take(folder, worker(tmp_path), watch)
    assert not held.held  # though numbers begin anew
    assert again.held


def test_a_record_whose_lease_is_lost_says_nothing_more(tmp_path):
    cell = Store(tmp_path).cell({"a": 1}, {})
    record = cell.seed(0).claim()
    record.start({}, "")
    for file in record.path.glob("lease-*"):
        file.write_text(json.dumps({"worker": "another"}))
    before = (record.path / "status.json").read_text()
    record.append({"epoch": 1})
    with pytest.raises(LeaseLostError):
        record.end("done", {})
    assert (record.path / "status.json").read_text() == before
    record.abandon()


def test_rows_of_one_who_lost_its_lease_do_not_mix_with_anothers(tmp_path):
    cell = Store(tmp_path).cell({"a": 1}, {})
    asleep = cell.seed(0).claim()
    asleep.start({}, "")
    asleep.append({"epoch": 1, "by": "asleep"})
    for file in asleep.path.glob("lease-*"):
        file.unlink()  # as if another had taken over and it had come to nothing
    awake = Store(tmp_path).cell({"a": 1}, {}).seed(0).claim()
    awake.start({}, "")
    asleep.append({"epoch": 2, "by": "asleep"})
    awake.append({"epoch": 1, "by": "awake"})
    awake.end("done", {})
    assert [row["by"] for row in awake.rows()] == ["awake"]
    asleep.abandon()


def claimed(root):
    return [seed for seed in range(20) if Store(root).cell({"a": 1}, {}).seed(seed).claim()]


def test_processes_share_seeds_out_and_leave_them_when_they_end(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        shares = pool.map(claimed, [tmp_path] * 4)
    assert sorted(seed for share in shares for seed in share) == list(range(20))
    assert claimed(tmp_path) == list(range(20))  # all four are dead by now


@pytest.mark.parametrize("shown", ["[]", "null", "7", '{"here": 1}', "[" * 100_000, '{"time": "x", "pid": []}', "\x00"])
def test_a_beat_of_a_wrong_type_is_none(tmp_path, shown):
    (tmp_path / "w.json").write_text(shown)
    watch = Watch(tmp_path)
    assert watch.alive("w") is None
    assert watch.age("w") is None


@pytest.mark.parametrize("name", ["lease-x", "lease-1.bak", "lease-", "lease--1", "lease-01"])
def test_what_is_not_named_as_a_lease_is_none(tmp_path, name):
    (tmp_path / name).write_text("{}")
    assert holding(tmp_path) == (0, None)


@pytest.mark.parametrize("text", ["[]", "null", '{"worker": 5}', "[" * 100_000, None])
def test_a_damaged_lease_is_nobodys_and_is_taken_over(tmp_path, text):
    lease = tmp_path / "lease-99999999999999999999"
    lease.write_text(text) if text is not None else lease.mkdir()
    assert holding(tmp_path) == (99999999999999999999, None)
    taken = take(tmp_path, Worker(tmp_path / "workers"), Watch(tmp_path / "workers"))
    assert taken.held
    assert not lease.exists()
    taken.release()
