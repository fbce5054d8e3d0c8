"""Who is at work on what: leases that a living process keeps and that a dead one loses.

Every process that works shows a file which changes as long as it lives, its beat. A lease on a folder is a numbered
file that names its holder. Only one process can make the file of a number, so that of all who would take over a lease
from a dead holder one gets it, by making the next number; a holder that was only asleep finds that number, and stops.

Clocks of machines are never compared: a holder on another machine is dead if its beat stays as it is while *we* wait.
"""

import errno
import json
import os
import re
import socket
import threading
import time
import uuid
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from runner.store.files import read, remove
from runner.store.seal import DamagedError

BEAT = 5.0  # seconds between beats
LEASE = re.compile(r"lease-([1-9][0-9]*)")
STALE = 60.0  # seconds without one, after which a holder elsewhere is taken for dead


LINKLESS = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL, errno.EXDEV}


class UnsuitableError(OSError):
    """A file system lacks what processes agree by; says what."""


def here() -> str:
    """What two processes share that can see each other: machine, its last start, and the space of process numbers."""
    parts = [socket.gethostname()]
    for file in (Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")):
        try:
            parts.append(file.readlink().name if file.is_symlink() else file.read_text().strip())
        except OSError:
            continue  # not a Linux machine: its name has to do
    return " ".join(parts)


def started(pid: int) -> str | None:
    """When a process of this machine was started, in the kernel's ticks, None if there is none of this number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return "?"
    return "?"


class Worker:
    """This process, as others see it.

    Args:
        folder: where all that work on a store show their beats.
    """

    def __init__(self, folder: Path):
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.file = folder / f"{self.name}.json"
        self.facts = {"here": here(), "host": socket.gethostname(), "pid": os.getpid(), "started": started(os.getpid())}
        self.leases = 0
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self) -> None:
        """Beat from now on: the first lease is to be taken."""
        if self._thread is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._beat(0)
            self._end.clear()
            self._thread = threading.Thread(target=self._beating, daemon=True)
            self._thread.start()
        self.leases += 1

    def let_go(self) -> None:
        """One lease less; with the last one, stop beating."""
        self.leases -= 1
        if self.leases == 0 and self._thread is not None:
            self._end.set()
            self._thread.join()
            self._thread = None
            self.file.unlink(missing_ok=True)

    def _beating(self) -> None:
        beat = 0
        while not self._end.wait(BEAT):
            beat += 1
            try:
                self._beat(beat)
            except OSError:
                continue  # a full disk: others may come to think us dead, and our leases tell us if they did

    def _beat(self, beat: int) -> None:
        fresh = self.file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(self.facts | {"beat": beat, "time": time.time()}), encoding="utf-8")
            fresh.replace(self.file)
        except OSError:
            fresh.unlink(missing_ok=True)  # a full disk
            raise


class Watch:
    """What we have seen of the beats of others."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.seen: dict[str, tuple[Any, float]] = {}

    def alive(self, name: str) -> bool | None:
        """Is that worker alive? None: not known yet.

        Of one that we can see this is known at once. One elsewhere is alive once its beat has changed as we watched,
        and dead if it has not for STALE seconds.
        """
        shown = self._shown(name)
        pid = shown.get("pid")
        if shown.get("here") == here() and isinstance(pid, int):
            return started(pid) == shown.get("started")
        beat, since = self.seen.setdefault(name, (shown.get("beat"), time.monotonic()))
        if beat != shown.get("beat"):
            return True
        return False if time.monotonic() - since > STALE else None

    def age(self, name: str) -> float | None:
        """Seconds since the last beat of a worker, as far as its clock and ours agree; None if it shows none."""
        shown = self._shown(name).get("time")
        return max(0.0, time.time() - shown) if isinstance(shown, float) else None

    def _shown(self, name: str) -> dict[str, Any]:
        """What a worker shows of itself; nothing where that is damaged."""
        return _object(self.folder / f"{name}.json")


class Lease:
    """The right of one worker to work in one folder. Made by `take`."""

    def __init__(self, folder: Path, number: int, worker: Worker):
        self.folder = folder
        self.number = number
        self.worker = worker

    @property
    def held(self) -> bool:
        """Do we still have it? Not if another has taken us for dead."""
        return holding(self.folder) == (self.number, self.worker.name)

    def release(self) -> None:
        """Give it back."""
        if self.held:
            _file(self.folder, self.number).unlink(missing_ok=True)
        self.worker.let_go()


def take(folder: Path, worker: Worker, watch: Watch) -> Lease | None:
    """A lease on a folder that is there, None if a worker that may be alive has it.

    Raises:
        OSError: the folder cannot be written to; UnsuitableError where its file system has no hard links.
    """
    number, holder = holding(folder)
    if holder is not None and watch.alive(holder) is not False:
        return None
    worker.hold()
    mine = folder / f".lease.{worker.name}"
    try:
        mine.write_text(json.dumps({"worker": worker.name}), encoding="utf-8")
        link(mine, _file(folder, number + 1))
    except FileExistsError:
        worker.let_go()
        return None
    except OSError:
        worker.let_go()
        raise
    finally:
        mine.unlink(missing_ok=True)
    for old in _numbers(folder):
        if old <= number:
            remove(_file(folder, old))
    return Lease(folder, number + 1, worker)


def link(mine: Path, lease: Path) -> None:
    """Give a file another name: all of it is there or none, and it fails if another process was first."""
    try:
        os.link(mine, lease)
    except OSError as error:
        if error.errno in LINKLESS:  # though `mine` could be written
            raise UnsuitableError(f"hard links ({error.strerror})") from error
        raise


def try_out(root: Path, *, locks: bool) -> None:
    """See that leases can be taken below a folder, there or not yet; nothing stays of it.

    Args:
        root: where.
        locks: are files to be locked there as well?
    Raises:
        OSError: it cannot be written to; UnsuitableError where its file system has no hard links, or no locks.
    """
    there = next(folder for folder in (root, *root.absolute().parents) if folder.is_dir())
    with TemporaryDirectory(prefix=".", dir=there) as scratch:
        mine = Path(scratch, "mine")
        mine.touch()
        link(mine, Path(scratch, "lease"))
        if locks:
            with lockable(mine) as file:
                lock(file)


def lockable(file: Path) -> TextIO:
    """A file to be locked, made where it is not there. Raises OSError, also for a pipe, which would be waited for."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK, 0o666), "w")


def lock(file: TextIO) -> None:
    """Have a file to oneself as long as it is open.

    Raises:
        OSError: BlockingIOError where another process has it, UnsuitableError where its file system has no locks.
    """
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        raise UnsuitableError(f"file locks ({error.strerror})") from error


def holding(folder: Path) -> tuple[int, str | None]:
    """The number of the newest lease on a folder and its holder; (0, None) where there is none."""
    newest = max(_numbers(folder), default=0)
    holder = _object(_file(folder, newest)).get("worker") if newest else None
    return newest, holder if isinstance(holder, str) else None  # given back as we looked, or damaged: nobody's


def _numbers(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder)  # noqa: PTH208  # a sixth of the time, and stores have a hundred thousand folders
    except OSError:
        return []
    return [int(lease[1]) for name in names if (lease := LEASE.fullmatch(name))]


def _object(file: Path) -> dict[str, Any]:
    """What is in a file of JSON, nothing where it cannot be read."""
    try:
        return dict(json.loads(read(file)))
    except (DamagedError, ValueError, TypeError, RecursionError):
        return {}


def _file(folder: Path, number: int) -> Path:
    return folder / f"lease-{number}"
