"""Where results live: a result is found by what was asked, and what is found there is finished or is not used.

    <root>/cells/<hash>/config.yaml               what was asked, but for the seed, and the names of the choices
    <root>/cells/<hash>/seed=<n>/rows.jsonl       a line an evaluation
    <root>/cells/<hash>/seed=<n>/status.json      how far it is, whose it is, and in the end the rows that count
    <root>/cells/<hash>/seed=<n>/provenance.json  what it was made of, and with
    <root>/audits/<hash>/seed=<n>/                what seeds of any cell with these data are trained on, and pictures

Only files are read and written here, nothing is computed, and torch is not known.
"""

import fcntl
import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import yaml

from runner.selection import selected

FINISHED = ("done", "diverged")  # outcomes; planned, running and failed seeds are computed when asked for
HEARTBEAT = 10.0  # seconds between signs of life in status.json


class Store:
    def __init__(self, root: str | Path):
        self.root = Path(root)

    def cell(self, question: Mapping[str, Any], choices: Mapping[str, str]) -> "Cell":
        """The cell of a resolved configuration without seeds and bookkeeping; `choices` name its groups for people."""
        return Cell(self.root / "cells" / digest(question), question, choices)

    def keep_audit(self, asked: Mapping[str, Any], seed: int, files: Mapping[str, str | bytes]) -> Path:
        """Write {file name: contents} of one seed of these data; where they are."""
        folder = self.root / audit_folder(asked, seed)
        for file, contents in files.items():
            _replace(folder / file, contents)
        return folder

    def cells(self) -> Iterator["Cell"]:
        """Every cell that is there, in order of its hash."""
        for file in sorted(self.root.glob("cells/*/config.yaml")):
            kept = yaml.safe_load(file.read_text(encoding="utf-8"))
            yield Cell(file.parent, kept["question"], kept["choices"])


def audit_folder(asked: Mapping[str, Any], seed: int) -> Path:
    """Where in a store the audit of one seed is, of what of a configuration its data depend on."""
    return Path("audits", digest(asked), f"seed={seed}")


def digest(question: Mapping[str, Any]) -> str:
    """The name of a cell: the same for the same question, whatever the order of its keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}), len(digest({}))
    (True, 16)
    """
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]


class Cell:
    """All seeds of one question."""

    def __init__(self, path: Path, question: Mapping[str, Any], choices: Mapping[str, str]):
        self.path = path
        self.question = question
        self.choices = choices

    def seed(self, seed: int) -> "Record":
        return Record(self, seed)

    def seeds(self) -> list[int]:
        """The seeds that have a folder, in whatever state."""
        return sorted(int(folder.name.removeprefix("seed=")) for folder in self.path.glob("seed=*"))

    def write(self) -> None:
        """Leave word of what was asked."""
        kept = {"choices": dict(self.choices), "question": dict(self.question)}
        _replace(self.path / "config.yaml", yaml.safe_dump(kept, sort_keys=False))


class Record:
    """One seed of a cell. Anyone may read it; whoever has claimed it may write it, until it ends."""

    def __init__(self, cell: Cell, seed: int):
        self.cell = cell
        self.seed = seed
        self.path = cell.path / f"seed={seed}"
        self._lock: int | None = None
        self._rows: TextIO | None = None
        self._status: dict[str, Any] = {}

    def status(self) -> dict[str, Any]:
        """status.json, or that the seed is planned where there is none."""
        file = self.path / "status.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {"state": "planned"}

    @property
    def finished(self) -> bool:
        return self.status()["state"] in FINISHED

    def rows(self) -> list[dict[str, Any]]:
        file = self.path / "rows.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    def provenance(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "provenance.json").read_text(encoding="utf-8")))

    @property
    def open(self) -> bool:
        """Is it claimed here, and not yet ended?"""
        return self._lock is not None

    @property
    def started(self) -> bool:
        """Has it been started here?"""
        return self._rows is not None

    def claim(self) -> "Record | None":
        """This record, unless another process has it or it is finished. If we die, the operating system frees it."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._release()
            return None
        if self.finished:
            self._release()
            return None
        return self

    def start(self, provenance: Mapping[str, Any], command: str) -> None:
        """Begin anew: what an earlier attempt left is gone. `command` would compute this seed again."""
        self.cell.write()
        _replace(self.path / "provenance.json", json.dumps(provenance, indent=1))
        self._rows = (self.path / "rows.jsonl").open("w", encoding="utf-8")
        self._status = {"command": command, "host": socket.gethostname(), "pid": os.getpid()}
        self._say("running")

    def append(self, row: Mapping[str, Any]) -> None:
        assert self._rows is not None
        self._rows.write(json.dumps(row) + "\n")
        self._rows.flush()
        if time.time() - self._status["heartbeat"] > HEARTBEAT:
            self._say("running")

    def end(self, state: str, facts: Mapping[str, Any], **details: Any) -> None:
        """The last word. Rows and provenance, which `facts` complete, are on the disk before the state is said.

        With the state stand the last row, the best by validation and the best on test; see runner/selection.py.
        """
        if self._rows is None:
            raise ValueError("a record ends after it has started")
        os.fsync(self._rows.fileno())
        self._rows.close()
        _replace(self.path / "provenance.json", json.dumps(self.provenance() | dict(facts), indent=1))
        self._say(state, selected=selected(self.rows()), **details)
        self._release()

    def abandon(self) -> None:
        """Give up a claim before the start, and leave no trace of it."""
        (self.path / "lock").unlink()
        self._release()
        for folder in (self.path, self.cell.path, self.cell.path.parent, self.cell.path.parent.parent):
            try:
                folder.rmdir()
            except OSError:
                return  # something else is in there

    def _say(self, state: str, **details: Any) -> None:
        self._status |= {"state": state, "heartbeat": time.time(), **details}
        _replace(self.path / "status.json", json.dumps(self._status, indent=1))

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _replace(file: Path, contents: str | bytes) -> None:
    """Write a whole file or nothing: whoever reads it sees the old contents or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with fresh.open("wb") as stream:
        stream.write(contents.encode() if isinstance(contents, str) else contents)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
