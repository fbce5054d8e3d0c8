"""An index beside the cells: which seeds were finished and whole when all of their files were last read.

Plans and the status of a store ask it, for reading a hundred thousand seeds takes half a minute. It is never believed
by itself. An entry counts only while every file of its seed has the inode, the size, the time of modification and the
time of change (ctime) that it had before it was read. Whoever writes to a file, replaces, restores or touches it, gives
it another time of change, which no program can set. In doubt the files are read:

- What is not finished, or is damaged, has no entry.
- A file that was changed less than SLACK seconds before it was read, by the clock of its file system, gives no entry:
  a later change might have the same time.
- Entries are of the data that the cell has, and of the code that checked them.
- After a DAY they no longer count, and none does once a report has found damage: a report reads every file, and so sees
  what a disk lost without a word to its file system.

A file system that keeps no time of change (FAT, some shares of SMB) leaves the size and the time of modification.

    <root>/index.json    sealed; {"code": ..., "cells": {cell: {"data": ..., "since": ..., "seeds": {seed: entry}}}}
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, cached_property
from hashlib import blake2b
from itertools import compress, product
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.store.files import read, remove, replace
from runner.store.record import FILES, FINISHED
from runner.store.seal import DamagedError, checksum, sealed, unsealed

if TYPE_CHECKING:
    from runner.store.cell import Cell

NAME = "index.json"
LEAST = 1000  # seeds, below which reading all of their files is as good
SLACK = 2.0  # seconds: as coarse as any file system's times are
DAY = 86_400.0  # seconds that an entry counts
STATUS = "status.json"
SETS = {  # {a text of the entry: the files that a seed has}
    "".join(map(str, chosen)): (STATUS, *compress(FILES, chosen)) for chosen in product((0, 1), repeat=len(FILES))
}
Times = tuple[int, int, int, int]


class Index:
    """That of one store, as it was when it was first asked."""

    def __init__(self, root: Path):
        self.file = root / NAME
        self._learnt = False

    def of(self, cell: "Cell") -> "Entries":
        """The entries of a cell, none where they are of other data or too old."""
        its: Any = self._cells.get(cell.path.name)
        if not _counts(its) or its["data"] != cell.data:
            its = self._cells[cell.path.name] = {"data": cell.data, "since": time.time(), "seeds": {}}
        return Entries(self, cell, its["seeds"])

    def learn(self, entries: dict[str, Any], seed: int, entry: "Entry") -> None:
        entries[str(seed)] = entry
        self._learnt = True

    def keep(self) -> None:
        """Write what was learnt, where that is worth it. A store that cannot be written to has no index."""
        kept = {cell: its for cell, its in self._cells.items() if _counts(its)} if self._learnt else {}
        if kept and sum(len(its["seeds"]) for its in kept.values()) >= LEAST:
            with suppress(OSError):
                replace(self.file, sealed({"code": _code(), "cells": kept}))
        self._learnt = False

    def doubt(self) -> None:
        """Something is damaged, and may be taken for whole here."""
        with suppress(OSError):
            remove(self.file)

    @cached_property
    def before(self) -> float:
        """The time by the clock of the store's file system, from before anything was read, less SLACK; what changed
        later gives no entry, and nothing does where that cannot be known."""
        try:
            with TemporaryFile(dir=self.file.parent) as probe:
                return os.fstat(probe.fileno()).st_mtime - SLACK
        except OSError:
            return 0.0

    @cached_property
    def _cells(self) -> dict[str, Any]:
        """{cell: what is kept of it}, none where the file is not what was written, or other code has checked them."""
        try:
            kept = unsealed(read(self.file))
            return dict(kept["cells"]) if kept["code"] == _code() else {}
        except (DamagedError, KeyError, TypeError, ValueError):
            return {}


class Entry(NamedTuple):
    """Attributes: state: of FINISHED; files: a key of SETS; proof: of how they were before they were read."""

    state: str
    files: str
    proof: str


class Entries:
    """Those of a cell. Made by `Index.of`."""

    def __init__(self, index: Index, cell: "Cell", known: dict[str, Any]):
        self.index, self.cell, self.known = index, cell, known

    def checked(self, seed: int) -> Mapping[str, Any]:
        """As Record.checked; of a seed of which all files are as they were when they were read, only the state."""
        folder = f"{self.cell.path}/seed={seed}"
        if state := _proven(folder, self.known.get(str(seed))):
            return {"state": state}
        old = self.index.before
        times = {name: _times(f"{folder}/{name}") for name in (STATUS, *FILES)}
        status = self.cell.seed(seed).checked()
        if status["state"] in FINISHED:
            files = "".join(str(int(name in status["files"])) for name in FILES)
            its = [times[name] for name in SETS[files]]
            if all(each and each[-1] < old * 1e9 for each in its):
                self.index.learn(self.known, seed, Entry(status["state"], files, _proof(its)))
        return status


def _counts(its: Any) -> bool:
    """Is this what is kept of a cell, and not too old?"""
    try:
        return bool(0 <= time.time() - its["since"] < DAY) and type(its["seeds"]) is dict and type(its["data"]) is str
    except (TypeError, KeyError):
        return False


def _proven(folder: str, entry: Any) -> str:
    """The state of an entry, "" where there is none, or a file is not as it was."""
    try:
        state, files, proof = entry
        whole = state in FINISHED and _proof([_times(f"{folder}/{name}") for name in SETS[files]]) == proof
    except (TypeError, ValueError, KeyError):
        return ""
    return str(state) if whole else ""


def _times(file: str) -> Times | None:
    """Inode, size, time of modification and of change; None where there is none."""
    try:
        found = os.stat(file)  # noqa: PTH116  # half the time
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _proof(times: list[Times | None]) -> str:
    """A hash of them, "" where a file lacks."""
    if None in times:
        return ""
    return blake2b(repr(times).encode(), digest_size=8).hexdigest()


@cache
def _code() -> str:
    """A checksum of the code that says what a whole seed is."""
    folder = Path(__file__).resolve().parents[1]
    files = sorted(file for name in ("store", "tasks") for file in (folder / name).glob("*.py"))
    return checksum(b"".join(map(read, files)))
