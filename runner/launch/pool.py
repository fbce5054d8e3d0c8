"""Many tasks in worker processes of one machine: whatever becomes of a task, it costs that task alone.

Workers are forked from a server, multiprocessing's, which has imported once what all of them need. Between a worker
and us is one socket: orders come to it, messages go from it, and we read what is there without waiting for more, since
a process may die amid a word. The other end is ours alone: when it closes, whatever became of us, the worker leaves.

Nothing is computed here, and torch is not known.
"""

import atexit
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from math import inf
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.connection import wait
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, NamedTuple, TypeVar

from runner.console.errors import named
from runner.console.output import unfailing
from runner.launch.signals import ASKING

GRACE = 10.0  # seconds to leave in, before SIGKILL
RECYCLED = 100  # tasks that a worker does; its successor is without what they have leaked
CGROUPS = Path("/sys/fs/cgroup")  # all control groups
GROUP = Path("/proc/self/cgroup")  # which of them this process is in

Task = TypeVar("Task")
Say = Callable[[Any], None]


class Said(NamedTuple):
    """What task number `task` reported on its way."""

    task: int
    message: Any


class Ended(NamedTuple):
    """Task number `task` is over.

    Attributes:
        task: its place in the sequence of tasks.
        state: "done" if its function returned.
        cause: of a failure, as one would say it.
        traceback: of what it raised; None if its process died.
        attempts: how often it was begun.
        seconds: that the last attempt took.
    """

    task: int
    state: Literal["done", "failed"]
    cause: str | None
    traceback: str | None
    attempts: int
    seconds: float


def run(
    function: Callable[[Task, Say], object],
    tasks: Sequence[Task],
    *,
    jobs: int,
    threads: int,
    limit: float | None,
    retries: int,
    preload: Sequence[str],
    environments: Sequence[Mapping[str, str]],
) -> Generator[Ended | Said]:
    """Do the tasks, begun in their order, and yield what they say and how they end as it comes.

    While an event is looked at, tasks go on, but none is begun and no limit runs out. If the generator is closed or
    interrupted, tasks get SIGTERM and, if that does not do, SIGKILL; however it ends, no worker is left.

    Args:
        function: of a module, called with a task and with `say`, which sends a message to the parent: plain data, and
            from one thread at a time.
        tasks: what can be pickled; of a list, what is appended while an event is looked at is done as well.
        jobs: how many to do at once, each in a process of its own, which goes on to the next.
        threads: of each process.
        limit: seconds that a task may take; None is no limit.
        retries: how often to begin again a task whose process died or was killed for the limit, after all others.
            What raises will raise again, and is not retried.
        preload: modules to import before forking; they must leave CUDA alone. The first call in a process decides.
        environments: variables of each of the jobs, beside those of this process.
    Raises:
        ValueError: the jobs and their environments differ in number.
        OSError, EOFError: no process can be started here.
    """
    if len(environments) != jobs:
        raise ValueError(f"{jobs} jobs, but environments for {len(environments)}")
    pool = _Pool(function, tasks, threads, limit, retries, environments)
    _serve(preload)
    atexit.register(pool.stop)  # multiprocessing waits for its children at exit, for which nobody may have told ours
    try:
        yield from pool.events()
    finally:
        atexit.unregister(pool.stop)
        pool.stop()


def automatic_jobs(threads: int | None) -> tuple[int, int, list[dict[str, str]]]:
    """How many jobs this machine is good for, threads of each and its environment: a job a GPU, else as cores allow.

    CUDA is not initialised: what is forked later could not use it.

    Args:
        threads: of each job; None is 1, or an equal share of the cores beside a GPU.
    """
    gpus = _gpus()
    if gpus:
        return len(gpus), threads or max(1, cores() // len(gpus)), [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in gpus]
    threads = threads or 1
    jobs = max(1, cores() // threads)
    return jobs, threads, [{} for _ in range(jobs)]


class _Pool:
    """All tasks, those that wait and those that workers are at."""

    def __init__(
        self,
        function: Callable[[Any, Say], object],
        tasks: Sequence[Any],
        threads: int,
        limit: float | None,
        retries: int,
        environments: Sequence[Mapping[str, str]],
    ):
        self.function = function
        self.tasks = tasks
        self.threads = threads
        self.limit = inf if limit is None else limit
        self.retries = retries
        self.environments = environments
        self.taken = 0  # of the tasks, which may become more
        self.waiting: deque[tuple[int, int]] = deque()  # numbers of tasks, and which attempt it will be
        self.workers: dict[int, _Worker] = {}  # by the place of their environment
        self.news: deque[Ended | Said] = deque()

    def events(self) -> Iterator[Ended | Said]:
        while True:
            self._assign()
            if not self.news:
                if not self.waiting and all(worker.idle for worker in self.workers.values()):
                    return
                self._listen()
            while self.news:
                began = time.monotonic()
                yield self.news.popleft()
                away = time.monotonic() - began
                for worker in self.workers.values():  # who may have waited for us to read
                    worker.deadline += away

    def stop(self) -> None:
        """No worker outlives this. Those at a task are terminated, the others leave.

        Whoever is still there after the grace, or when we are interrupted once more, is killed.
        """
        for worker in self.workers.values():
            if not worker.idle:
                worker.process.terminate()
            worker.leave()
        try:
            until = time.monotonic() + GRACE
            for worker in self.workers.values():
                worker.process.join(max(0.0, until - time.monotonic()))
        finally:
            for worker in self.workers.values():
                worker.bury()
            self.workers.clear()

    def _assign(self) -> None:
        self.waiting.extend((number, 1) for number in range(self.taken, len(self.tasks)))
        self.taken = len(self.tasks)
        for place, environment in enumerate(self.environments):
            worker = self.workers.get(place)
            if not self.waiting or (worker and not worker.free):
                continue
            number, attempt = self.waiting.popleft()
            order = pickle.dumps((self.function, self.tasks[number]))
            if not worker:
                worker = self.workers[place] = self._fresh(environment)
            worker.begin(number, attempt, order, self.limit)

    def _fresh(self, environment: Mapping[str, str]) -> "_Worker":
        try:
            return _Worker(environment, self.threads)
        except (OSError, EOFError):
            time.sleep(1)  # a server that was killed has to be gone before there is another
            return _Worker(environment, self.threads)

    def _listen(self) -> None:
        """Wait for anything to happen, and take note of it."""
        if self.workers:
            first = min(worker.deadline for worker in self.workers.values())
            things = [thing for w in self.workers.values() for thing in (w.channel, w.process.sentinel)]
            wait(things, None if first == inf else max(0.0, first - time.monotonic()))
        for place, worker in list(self.workers.items()):
            dead = worker.process.exitcode is not None  # asked before reading: what it said then comes first
            heard = worker.hear()
            for kind, content in worker.messages():
                self._note(worker, kind, content)
            if dead and not heard:
                del self.workers[place]
                if not worker.idle:
                    cause = worker.cause or _fate(worker.process.exitcode or 0)
                    self._lost(worker.task, worker.attempt, cause, worker.seconds)
                worker.bury()
            elif time.monotonic() >= worker.deadline:
                worker.hurry(f"took longer than {self.limit:g} s")

    def _note(self, worker: "_Worker", kind: str, content: Any) -> None:
        if kind == "said":
            self.news.append(Said(worker.task, content))
        elif not worker.cause:  # else it took SIGTERM for a reason to end, which is too late all the same
            cause, trace, seconds = content
            state: Literal["done", "failed"] = "failed" if cause else "done"
            self.news.append(Ended(worker.task, state, cause, trace, worker.attempt, seconds))
            worker.end()

    def _lost(self, number: int, attempt: int, cause: str, seconds: float) -> None:
        if attempt <= self.retries:
            self.waiting.append((number, attempt + 1))
        else:
            self.news.append(Ended(number, "failed", cause, None, attempt, seconds))


class _Worker:
    """A process and, unless it is idle, the task that it is at.

    Raises:
        OSError, EOFError: there is no starting one.
    """

    def __init__(self, environment: Mapping[str, str], threads: int):
        count = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        self.channel, theirs = socket.socketpair()
        try:
            with theirs:
                arguments = (theirs, {**os.environ, **count, **environment}, threads)
                self.process = get_context("forkserver").Process(target=_work, args=arguments)
                self.process.start()
        except BaseException:
            self.channel.close()
            raise
        self.received = bytearray()
        self.begun = 0  # tasks
        self.task = self.attempt = 0
        self.idle = True
        self.since = 0.0
        self.deadline = inf
        self.cause: str | None = None

    @property
    def free(self) -> bool:
        """May it be given a task?"""
        return self.idle and self.begun < RECYCLED

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since

    def begin(self, task: int, attempt: int, order: bytes, limit: float) -> None:
        self.task, self.attempt = task, attempt
        self.idle = False
        self.begun += 1
        self.since = time.monotonic()
        self.deadline = self.since + limit
        self._send(order)

    def end(self) -> None:
        """The task is over; the next may come, or it is time to go."""
        self.idle, self.deadline = True, inf
        if not self.free:
            self.leave()

    def leave(self) -> None:
        """No order follows."""
        self.deadline = time.monotonic() + GRACE
        self._send(b"")

    def hurry(self, cause: str) -> None:
        """The deadline is over: that of its task, which is the cause of its end, or that of its grace."""
        if self.idle or self.cause:
            self.process.kill()
            self.deadline = inf
        else:
            self.cause = cause
            self.process.terminate()
            self.leave()

    def hear(self) -> bool:
        """Take what has arrived, without waiting; was there anything?"""
        try:
            piece = self.channel.recv(1 << 20, socket.MSG_DONTWAIT)
        except OSError:
            return False
        self.received += piece
        return bool(piece)

    def messages(self) -> Iterator[tuple[str, Any]]:
        """What has arrived in full. Of what a process was saying when it died there may be half a message."""
        while len(self.received) >= (end := 8 + int.from_bytes(self.received[:8], "big")):
            yield pickle.loads(bytes(self.received[8:end]))
            del self.received[:end]

    def bury(self) -> None:
        """Make sure that it is dead, and close what it leaves open."""
        self.process.kill()
        self.process.join()
        if self.process.exitcode == 255 and self.process.pid:  # or only the server is, and cannot tell
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        self.process.close()
        self.channel.close()

    def _send(self, order: bytes) -> None:
        with suppress(OSError):  # it is dead, as its sentinel says
            self.channel.sendall(_framed(order))


def _serve(preload: Sequence[str]) -> None:
    """Start the server that forks, if there is none yet.

    It and whatever it forks never see Ctrl-C, and it has no threads that a fork would lose.
    """
    forkserver.set_forkserver_preload([__name__, *preload])
    resource_tracker.ensure_running()  # else the server starts it, which unblocks signals
    threads = os.environ.get("OMP_NUM_THREADS")
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["OMP_NUM_THREADS"]
        if threads is not None:
            os.environ["OMP_NUM_THREADS"] = threads
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _work(channel: socket.socket, environment: Mapping[str, str], threads: int) -> None:
    """What a worker does: one order after another, until an empty one."""
    os.environ.clear()
    os.environ.update(environment)
    if "torch" in sys.modules:  # it is too late for variables
        sys.modules["torch"].set_num_threads(threads)
    unfailing()
    orders: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_watch, args=(channel, orders), daemon=True).start()
    ignored = {number for number in ASKING if signal.getsignal(number) is signal.SIG_IGN}  # SIGHUP under nohup
    while order := orders.get():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in set(ASKING) - ignored:
            signal.signal(number, signal.SIG_DFL)  # whatever the task before has made of it
        began = time.monotonic()
        cause, trace = _attempt(order, channel)
        with suppress(OSError):  # nobody listens any more
            channel.sendall(_framed(pickle.dumps(("ended", (cause, trace, time.monotonic() - began)))))


def _watch(channel: socket.socket, orders: SimpleQueue[bytes]) -> None:
    """Receive orders while the main thread is at a task, and see the parent go, upon which nobody needs the task."""
    with suppress(OSError), channel.makefile("rb") as stream:
        while size := stream.read(8):
            orders.put(stream.read(int.from_bytes(size, "big")))
    os.kill(os.getpid(), signal.SIGTERM)
    orders.put(b"")  # where the task takes no notice of the signal


def _attempt(order: bytes, channel: socket.socket) -> tuple[str | None, str | None]:
    """Do what is ordered; cause and traceback of a failure."""

    def say(message: Any) -> None:
        try:
            data = pickle.dumps(("said", message))
            pickle.loads(data)  # better refused here than in the parent
        except Exception as error:
            raise TypeError(f"a message of type {type(message).__name__} cannot be pickled: {error}") from error
        with suppress(OSError):  # nobody listens any more
            channel.sendall(_framed(data))

    try:
        function, task = pickle.loads(order)
        function(task, say)
    except BaseException as error:
        return named(error), traceback.format_exc()
    return None, None


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


def _fate(code: int) -> str:
    """What became of a process, from its exit code.

    >>> _fate(-9), _fate(3)
    ('killed by signal 9 (SIGKILL), perhaps for want of memory', 'left with exit status 3')
    """
    if code == 255:
        return "left with exit status 255, or the server that forked it was killed"
    if code >= 0:
        return f"left with exit status {code}"
    names = {int(s): s.name for s in signal.Signals}
    reason = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
    return f"killed by signal {-code} ({names.get(-code, 'unnamed')}){reason}"


def cores() -> int:
    """How many this process may use: by its affinity, and by the quotas of its control group and those above it."""
    count = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    found = re.search(r"^0::/(.*)$", GROUP.read_text(), re.MULTILINE) if GROUP.exists() else None
    group = CGROUPS / (found[1] if found else "")
    for folder in (group, *group.parents):
        with suppress(OSError):
            quota, period = (folder / "cpu.max").read_text().split()
            count = count if quota == "max" else min(count, int(quota) // int(period))
    return max(1, count)


def _gpus() -> list[str]:
    """Those that CUDA would see, by names that CUDA_VISIBLE_DEVICES knows."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return []
    there = [str(number) for number, _ in enumerate(re.findall("^GPU ", listed, re.MULTILINE))]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None or not there:
        return there
    names = [name.strip() for name in visible.split(",")]
    return list(takewhile(lambda name: name in there or name.startswith(("GPU-", "MIG-")), names))  # CUDA does the same
