"""The pool: whatever becomes of a task costs that task alone, and nothing is left of anybody."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest

from runner.launch import pool
from runner.launch.pool import Ended, Said, automatic_jobs, run
from tests.pool_tasks import HERE, nothing, perform
from tests.program import hearing

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.programs


@pytest.fixture(scope="module", autouse=True)
def server():
    """The server that forks ours has imported nothing: sweeps of other tests in this process begin one of their own."""
    yield
    forkserver._forkserver._stop()


def perform_all(*tasks, **settings):
    """How each task ended, in the order of the tasks, and what each said."""
    settings = HERE | {"environments": [{}] * settings.get("jobs", 1)} | settings
    events = list(run(perform, tasks, **settings))
    ended = {event.task: event for event in events if isinstance(event, Ended)}
    said = {number: [e.message for e in events if isinstance(e, Said) and e.task == number] for number in ended}
    assert sorted(ended) == list(range(len(tasks)))
    assert len(events) == len(ended) + sum(map(len, said.values()))
    return [ended[number] for number in sorted(ended)], [said[number] for number in sorted(said)]


def alive(pid):
    """Is there such a process? One that only waits for its parent to take note of its end is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def gone(pids):
    """Wait until none of the processes is there; False if that does not come about."""
    for _ in range(600):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.1)
    return False


def lines(call):
    """What a program prints that calls a function of tests/pool_tasks.py, and has no complaint."""
    command = f"from tests.pool_tasks import *; {call}"
    found = subprocess.run([sys.executable, "-c", command], cwd=ROOT, text=True, capture_output=True)
    assert (found.returncode, found.stderr) == (0, "")
    return found.stdout.splitlines()


FATES = {  # what a task does: what is said of it
    "segfault": "killed by signal 11 (SIGSEGV)",
    ("vanish", 3): "left with exit status 3",
    ("vanish", 0): "left with exit status 0",
    ("vanish", 255): "left with exit status 255, or the server that forked it was killed",
    ("shoot", signal.SIGKILL): "killed by signal 9 (SIGKILL), perhaps for want of memory",
    ("shoot", signal.SIGTERM): "killed by signal 15 (SIGTERM)",
    ("shoot", signal.SIGRTMIN + 3): f"killed by signal {signal.SIGRTMIN + 3} (unnamed)",
}
ERRORS = {
    "refuse": "ValueError: not this one",
    "speechless": "ValueError",
    "leave": "SystemExit: 3",
    "interrupt": "KeyboardInterrupt",
    "exhaust": "MemoryError",
    ("send", "function"): "TypeError: a message of type function cannot be pickled: ",
    ("send", "lock"): "TypeError: a message of type lock cannot be pickled: ",
    ("send", "error"): "TypeError: a message of type OddError cannot be pickled: ",
    "no_such_task": "KeyError: 'no_such_task'",
}


@pytest.mark.parametrize("task", FATES, ids=str)
def test_a_process_that_dies_costs_its_own_task_only_and_is_replaced(task):
    ended, said = perform_all("where", task, "where")
    assert [e.state for e in ended] == ["done", "failed", "done"]
    assert ended[1].cause == FATES[task]
    assert ended[1].traceback is None
    assert said[0] != said[2]


@pytest.mark.parametrize("task", ERRORS, ids=str)
def test_a_task_that_raises_fails_with_its_traceback_and_the_process_lives_on(task):
    ended, said = perform_all("where", task, "where")
    assert [e.state for e in ended] == ["done", "failed", "done"]
    assert ended[1].cause.startswith(ERRORS[task])
    assert "pool_tasks.py" in ended[1].traceback
    assert said[0] == said[2]


def test_a_task_that_cannot_be_unpickled_fails_where_it_would_run():
    class Elsewhere:
        def __reduce__(self):
            return (__import__, ("no_such_module",))

    ended, _ = perform_all(Elsewhere(), "succeed")
    assert [(e.state, e.cause) for e in ended] == [
        ("failed", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("done", None),
    ]


@pytest.mark.parametrize("task", ["hang", "hang_on", "wind_up"])
def test_a_task_over_its_limit_is_ended_and_is_a_failure(task, monkeypatch):
    monkeypatch.setattr(pool, "GRACE", 0.5)
    ended, said = perform_all(task, "where", limit=1.5)
    assert [e.state for e in ended] == ["failed", "done"]
    assert ended[0].cause == "took longer than 1.5 s"
    assert ended[0].seconds >= 1.5
    assert said[0][0] != said[1][0]
    assert not alive(said[0][0])


def test_a_task_over_its_limit_is_asked_before_it_is_killed():
    _, said = perform_all("wind_up", limit=1.5)
    assert said[0][1:] == ["asked"]


def test_a_limit_is_of_a_task_and_not_of_its_process():
    ended, _ = perform_all(*[("doze", 0.3)] * 8, limit=2.0)
    assert [e.state for e in ended] == ["done"] * 8


@pytest.mark.parametrize("harm", [("vanish", 3), ("segfault",), ("hang",)], ids=str)
def test_what_came_to_harm_is_tried_again_after_all_others(harm, tmp_path):
    events = list(run(perform, [("once", tmp_path, *harm), "succeed"], **HERE | {"retries": 2, "limit": 1.5}))
    ended = [event for event in events if isinstance(event, Ended)]
    assert [(e.task, e.state, e.attempts) for e in ended] == [(1, "done", 1), (0, "done", 2)]
    assert [e.message for e in events if isinstance(e, Said)].count(f"attempt at {harm[0]}") == 2


def test_retries_come_to_an_end():
    ended, _ = perform_all(("vanish", 3), retries=2)
    assert ended[0][:5] == (0, "failed", "left with exit status 3", None, 3)


def test_what_raises_is_not_tried_again():
    ended, _ = perform_all("refuse", retries=2)
    assert ended[0].attempts == 1


def test_tasks_begin_in_their_order_and_what_they_say_comes_before_their_end():
    events = list(run(perform, [("succeed", "a", "b"), ("succeed", "c"), "succeed"], **HERE))
    assert [(e.task, getattr(e, "message", "end")) for e in events] == [
        (0, "a"),
        (0, "b"),
        (0, "end"),
        (1, "c"),
        (1, "end"),
        (2, "end"),
    ]


def test_tasks_that_are_appended_while_an_event_is_looked_at_are_done_too():
    tasks, ended = ["where"], []
    for event in run(perform, tasks, **HERE):
        if isinstance(event, Ended):
            ended.append(event.task)
            tasks += ["where"] * (len(tasks) < 4)
    assert ended == [0, 1, 2, 3]


def test_jobs_go_on_at_the_same_time():
    """Each of two waits for a SIGTERM that the limit sends: one after the other, they would not overlap."""
    spoken = [
        e.task for e in run(perform, ["hang", "hang"], **HERE | {"jobs": 2, "environments": [{}] * 2, "limit": 1.5})
    ]
    assert sorted(spoken[:2]) == [0, 1]


def test_what_was_said_before_a_sudden_end_is_heard():
    ended, said = perform_all(("last_words", 300))
    assert said[0] == list(range(300))
    assert ended[0].cause.startswith("killed by signal 9")


def test_half_a_message_keeps_nobody_waiting():
    events = run(perform, ["half_a_word", "succeed"], **HERE)
    child = next(events).message
    time.sleep(1)  # it has the time to say a part, and to die
    assert [event.state for event in events] == ["failed", "done"]
    os.kill(child, signal.SIGKILL)


def test_a_slow_parent_loses_nothing_and_its_time_is_nobodys_limit():
    count = 0
    for event in run(perform, [("chatter", 2000, 1000)], **HERE | {"limit": 1.5}):
        if isinstance(event, Said):
            assert event.message[0] == count
            count += 1
            if count == 1:
                time.sleep(2)
        else:
            assert (event.state, event.cause) == ("done", None)
    assert count == 2000


def test_messages_may_be_large():
    _, said = perform_all(("succeed", "x" * 5_000_000), ("succeed", "y" * 3_000_000, "z"))
    assert [[len(message) for message in messages] for messages in said] == [[5_000_000], [3_000_000, 1]]


def test_each_job_has_variables_of_its_own_and_so_has_the_process_that_replaces_one(monkeypatch, tmp_path):
    monkeypatch.setenv("SEEDWISE_COMMON", "late")
    monkeypatch.chdir(tmp_path)
    names = ("WHICH", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "SEEDWISE_COMMON")
    tasks = [("vanish", 1), ("vanish", 1), *[("settings", *names)] * 20]
    _, said = perform_all(*tasks, jobs=2, threads=3, environments=[{"WHICH": "first"}, {"WHICH": "second"}])
    common = dict.fromkeys(names, "3") | {"SEEDWISE_COMMON": "late", "folder": str(tmp_path)}
    seen = [settings for (settings,) in said[2:]]
    assert {settings["WHICH"] for settings in seen} <= {"first", "second"}
    assert [settings | {"WHICH": "3"} for settings in seen] == [common] * 20


def test_variables_of_a_dead_process_are_those_of_its_successor():
    _, said = perform_all(*["segfault", "early"] * 3, environments=[{"WHICH": "mine"}])
    assert said[1::2] == [["mine"]] * 3, "and are there before anything of the task"


def test_torch_computes_with_the_threads_of_a_job():
    assert perform_all("torch_threads", threads=1)[1] == [[1]]


def test_so_does_torch_that_was_there_before_the_job():
    settings = "jobs=1, environments=[{}], threads=2, preload=['torch']"
    assert lines(f"parent(('modules', 'torch'), 'torch_threads', {settings})")[1:] == ["True", "2"]


def test_environments_are_as_many_as_jobs():
    with pytest.raises(ValueError, match="2 jobs, but environments for 1"):
        list(run(nothing, [1], **HERE | {"jobs": 2}))


def test_workers_leave_interrupts_to_their_parent():
    ended, said = perform_all("nudge", "blocked")
    assert ended[0].state == "done"
    assert said[1] == [True], "not even at their birth do they see one"


def test_signal_handlers_of_a_task_end_with_it():
    _, said = perform_all("spoil", "handlers")
    assert said[1] == [True]


def test_a_process_is_replaced_after_some_tasks(monkeypatch):
    monkeypatch.setattr(pool, "RECYCLED", 3)
    _, said = perform_all(*["where"] * 7)
    assert [len(set(map(str, said[k : k + 3]))) for k in (0, 3)] == [1, 1]
    assert len(set(map(str, said))) == 3
    assert gone(pid for (pid,) in said)


def descriptors():
    return sorted(file.name for file in Path("/proc/self/fd").iterdir())


def test_a_thousand_tasks_leak_no_file_descriptor():
    two = HERE | {"jobs": 2, "environments": [{}] * 2}
    list(run(nothing, [0], **two))
    before = descriptors()
    events = list(run(nothing, range(1000), **two))
    assert [e.state for e in events] == ["done"] * 1000
    assert {e.task for e in events} == set(range(1000))
    assert descriptors() == before


def test_nobody_is_left_when_the_events_are_not_read_to_their_end(monkeypatch, tmp_path):
    monkeypatch.setattr(pool, "GRACE", 2.0)
    tasks = ["hang", "hang_on", ("wind_up", tmp_path / "mark"), "where"]
    events = run(perform, tasks, **HERE | {"jobs": 3, "environments": [{}] * 3})
    pids = [next(events).message for _ in range(3)]
    assert all(map(alive, pids))
    events.close()
    assert not any(map(alive, pids))
    assert (tmp_path / "mark").exists(), "each is asked before it is killed"


def test_a_server_that_is_killed_costs_the_tasks_of_the_moment():
    ended, said = perform_all("hang_on", "kill_server", "where", jobs=2)
    assert [e.state for e in ended] == ["failed", "failed", "done"]
    assert "server" in ended[0].cause
    assert gone(said[0])


HARM = {
    "ctrl_c": lambda parent: os.killpg(parent, signal.SIGINT),
    "sigint": lambda parent: os.kill(parent, signal.SIGINT),
    "sigterm": lambda parent: os.kill(parent, signal.SIGTERM),
    "sigkill": lambda parent: os.kill(parent, signal.SIGKILL),
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("task", ["hang", "wind_up"])
def test_nobody_is_left_of_a_parent_that_comes_to_harm(harm, task):
    with subprocess.Popen(
        hearing([sys.executable, "-c", f"from tests.pool_tasks import parent; parent({task!r}, {task!r})"]),
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        pids = [int(parent.stdout.readline()) for _ in range(3)]
        family = [pid for pid in processes() if session(pid) == parent.pid]
        assert set(pids) < set(family)
        HARM[harm](parent.pid)
        complaint = parent.communicate()[1]
    assert gone(family)
    assert complaint.count("Traceback") == (harm in ("ctrl_c", "sigint")), "the parent's own, and nobody else's"


def processes():
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def test_a_program_that_forgets_its_pool_ends_all_the_same():
    assert gone(map(int, lines("parent_that_leaves('hang', 'hang')")))


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with 8 cores, quotas of control groups, and GPUs that nvidia-smi lists."""

    def described(*, quotas=(), gpus=None, visible=None):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
        monkeypatch.setattr(pool, "CGROUPS", tmp_path)
        monkeypatch.setattr(pool, "GROUP", tmp_path / "cgroup")
        (tmp_path / "cgroup").write_text("1:cpu:/\n0::/a/b\n")
        (tmp_path / "a" / "b").mkdir(parents=True)
        for folder, quota in dict(quotas).items():
            (tmp_path / folder / "cpu.max").write_text(quota)
        monkeypatch.setenv("PATH", str(tmp_path))
        if gpus is not None:
            lines = "".join(f"echo 'GPU {n}: NVIDIA H100 (UUID: GPU-{n})'\n" for n in range(gpus))
            (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{lines}")
            (tmp_path / "nvidia-smi").chmod(0o755)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    return described


@pytest.mark.parametrize(
    ("quotas", "threads", "expected"),
    [
        ({}, None, (8, 1)),
        ({}, 3, (2, 3)),
        ({}, 16, (1, 16)),
        ({"a": "max 100000"}, None, (8, 1)),
        ({"a/b": "350000 100000"}, None, (3, 1)),
        ({"a": "200000 100000", "a/b": "max 100000"}, None, (2, 1)),
        ({".": "50000 100000"}, None, (1, 1)),
    ],
    ids=str,
)
def test_without_a_gpu_there_are_as_many_jobs_as_the_cores_allow(machine, quotas, threads, expected):
    machine(quotas=quotas)
    jobs, each, environments = automatic_jobs(threads)
    assert (jobs, each) == expected
    assert environments == [{}] * jobs


@pytest.mark.parametrize(
    ("gpus", "visible", "expected"),
    [
        (2, None, ["0", "1"]),
        (4, "2, 0", ["2", "0"]),
        (2, "1,7,0", ["1"]),
        (2, "GPU-1", ["GPU-1"]),
        (0, "0", None),
        (2, "", None),
        (2, "-1", None),
    ],
)
def test_with_gpus_there_is_a_job_for_each_that_may_be_seen(machine, gpus, visible, expected):
    machine(gpus=gpus, visible=visible)
    jobs, threads, environments = automatic_jobs(None)
    if expected is None:
        assert (jobs, threads, environments) == (8, 1, [{}] * 8)
    else:
        assert (jobs, threads) == (len(expected), 8 // len(expected))
        assert environments == [{"CUDA_VISIBLE_DEVICES": name} for name in expected]


def test_the_pool_does_not_import_torch():
    command = "import sys, runner.launch.pool; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], cwd=ROOT).returncode == 0
