"""What several processes take, and the memory that they hold at once; on Linux."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

EVERY = 0.05  # seconds between two looks


class Memory(NamedTuple):
    """Bytes that a command's processes hold: pages that two of them share, such as torch's code, count in each.

    Attributes:
        one: the most that any of them held.
        together: the most that all who lived at once held.
    """

    one: int
    together: int


class Watch:
    """Looks, as long as it is entered, at all processes that this one has begun, and at those that they have.

    Attributes:
        most: what they held at most.
    """

    def __init__(self) -> None:
        self.most = Memory(0, 0)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        before: set[int] = set()
        while not self._end.wait(EVERY):
            alive = set(descendants(os.getpid()))
            held = [resident(pid) for pid in alive & before]  # one that has just begun may still share its parent's
            self.most = Memory(max(self.most.one, *held, 0), max(self.most.together, sum(held)))
            before = alive


def descendants(pid: int) -> Iterable[int]:
    """Of a process, those that it has begun, and those that they have; without those that end meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (thread / "children").read_text().split()):
                yield child
                yield from descendants(child)


def resident(pid: int) -> int:
    """Bytes of memory that a process holds, 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def one_a_core(commands: Sequence[Sequence[str]]) -> None:
    """Run what follows `python`, each a process, as many at once as there are cores. Raises CalledProcessError."""

    def run(arguments: Sequence[str]) -> None:
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, commands))
