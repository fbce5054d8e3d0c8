"""Where results live: a result is found by what was asked, and what is found there is finished or is not used.

    <root>/cells/<hash>/config.yaml               what was asked, but for the seed, and the names of the choices
    <root>/cells/<hash>/seed=<n>/rows.jsonl       a line an evaluation
    <root>/cells/<hash>/seed=<n>/status.json      how far it is, whose it is, and in the end the rows that count
    <root>/cells/<hash>/seed=<n>/provenance.json  what it was made of, and with
    <root>/cells/<hash>/seed=<n>/portrait.json    per-class recall, reliability and losses at the end, for pictures
    <root>/cells/<hash>/seed=<n>/lease-<k>        who works on it, or did
    <root>/cells/<hash>/checkpoints/              where stacks that were cut short can go on
    <root>/sweeps/<hash>.json                     what a command planned
    <root>/workers/<name>.json                    the beat of a process that is at work
    <root>/audits/<hash>/seed=<n>/                what seeds of any cell with these data are trained on, and pictures

Only files are read and written here, nothing is computed, and torch is not known.
"""

import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import yaml

from runner.errors import ConfigError
from runner.lease import Lease, Watch, Worker, holding, take
from runner.metric import Metric, written
from runner.selection import selected

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
FINISHED = ("done", "diverged")  # outcomes; seeds in any other state are computed when asked for


class Store:
    def __init__(self, root: str | Path):
        self.root = Path(root)
        self.watch = Watch(self.root / "workers")

    @cached_property
    def worker(self) -> Worker:
        """This process, at work on this store."""
        return Worker(self.root / "workers")

    def cell(self, question: Mapping[str, Any], choices: Mapping[str, str]) -> "Cell":
        """The cell of a resolved configuration without seeds and bookkeeping; `choices` name its groups for people."""
        return Cell(self, digest(question), question, choices)

    def named(self, name: str) -> "Cell":
        """The cell of a folder's name, its question left unread."""
        return Cell(self, name, {}, {})

    def keep_sweep(self, command: str, cells: Sequence[Mapping[str, Any]]) -> None:
        """Leave word of what was planned, so that cells that were never begun are missed.

        Args:
            command: that asks for it.
            cells: {"cell": its folder's name, "name": for people, "seeds": [...]} of each.
        Raises:
            ConfigError: the store cannot be written to.
        """
        kept = {"command": command, "cells": list(cells)}
        try:
            _replace(self.root / "sweeps" / f"{digest(kept)}.json", json.dumps(kept, indent=1))
        except OSError as error:
            raise self.refusal(error) from error

    def refusal(self, error: OSError) -> ConfigError:
        """What to say where the store cannot be written to."""
        return ConfigError(f"store={self.root}: cannot be written to ({error})")

    def keep_audit(self, asked: Mapping[str, Any], seed: int, files: Mapping[str, str | bytes]) -> Path:
        """Write {file name: contents} of one seed of these data; where they are."""
        folder = self.root / audit_folder(asked, seed)
        for file, contents in files.items():
            _replace(folder / file, contents)
        return folder

    def sweeps(self) -> Iterator[dict[str, Any]]:
        """What was planned, as keep_sweep was told; a damaged file is passed over."""
        for file in sorted(self.root.glob("sweeps/*.json")):
            with suppress(ValueError):
                yield json.loads(file.read_text(encoding="utf-8"))

    def cells(self) -> Iterator["Cell"]:
        """Every cell that is there, in order of its hash."""
        for file in sorted(self.root.glob("cells/*/config.yaml")):
            kept = self.named(file.parent.name).kept()
            yield Cell(self, file.parent.name, kept["question"], kept["choices"], kept["data_sha256"])


def forget(cells: Sequence["Cell"]) -> None:
    """Remove these cells with all of their seeds.

    Raises:
        ConfigError: somebody may be at work on one of them; none was removed.
        OSError: one cannot be removed.
    """
    with ExitStack() as leases:
        for cell in cells:
            for record in map(cell.seed, cell.seeds()):
                lease = take(record.path, cell.store.worker, cell.store.watch)
                if lease is None:
                    raise ConfigError(f"{record.path}: a process is at work on it; nothing was removed")
                leases.callback(lease.release)
        for cell in cells:
            shutil.rmtree(cell.path)


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
    """All seeds of one question; `data` is the SHA-256 of their data set, "" where that is not known."""

    def __init__(
        self,
        store: Store,
        name: str,
        question: Mapping[str, Any],
        choices: Mapping[str, str],
        data: str = "",
    ):
        self.store = store
        self.path = store.root / "cells" / name
        self.question = question
        self.choices = choices
        self.data = data

    def seed(self, seed: int) -> "Record":
        return Record(self, seed)

    def seeds(self) -> list[int]:
        """The seeds that have a folder, in whatever state."""
        return sorted(int(folder.name.removeprefix("seed=")) for folder in self.path.glob("seed=*"))

    def write(self, data_sha256: str) -> None:
        """Leave word of what was asked, and of which data.

        Raises:
            ConfigError: seeds of this cell were trained on other data.
        """
        file = self.path / "config.yaml"
        kept = {"choices": dict(self.choices), "data_sha256": data_sha256, "question": dict(self.question)}
        if file.exists():
            before = self.kept()["data_sha256"]
            if before != data_sha256:
                raise ConfigError(
                    f"the data set has changed since seeds of {self.path} were trained (SHA-256 {before[:12]}, now "
                    f"{data_sha256[:12]}); results on other data belong elsewhere, store=<folder>"
                )
        else:
            _replace(file, yaml.dump(kept, Dumper=DUMPER, sort_keys=False))

    def kept(self) -> dict[str, Any]:
        """What was written: choices, data_sha256 and question. Raises ConfigError if the file is damaged."""
        file = self.path / "config.yaml"
        try:
            found: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)
            return {key: found[key] for key in ("choices", "data_sha256", "question")}
        except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
            raise ConfigError(
                f"{file} is damaged; without its folder, the seeds of the cell are trained anew"
            ) from error

    def checkpoints(self) -> list["Checkpoint"]:
        """The newest of each stack that was cut short."""
        return [Checkpoint(file) for file in sorted(self.path.glob("checkpoints/*.checkpoint"))]

    def keep_checkpoint(self, seeds: Sequence[int], facts: Mapping[str, Any], state: bytes) -> None:
        """Put this stack's newest in the place of the one before."""
        header = {"seeds": list(seeds), **facts, "sha256": hashlib.sha256(state).hexdigest()}
        name = f"{seeds[0]}-{digest({'seeds': list(seeds)})}.checkpoint"
        _sweep(self.path / "checkpoints", name)
        _replace(self.path / "checkpoints" / name, json.dumps(header).encode() + b"\n" + state)

    def drop_checkpoints(self) -> None:
        """Those of which every seed is finished are of no more use."""
        for checkpoint in self.checkpoints():
            if all(self.seed(seed).finished for seed in checkpoint.facts.get("seeds", [])):
                _sweep(checkpoint.file.parent, checkpoint.file.name)
                checkpoint.file.unlink(missing_ok=True)
        with suppress(OSError):
            (self.path / "checkpoints").rmdir()


class Checkpoint:
    """Where a stack stood after some epoch: a line of facts, and the state as bytes.

    Attributes:
        facts: seeds of the stack, epoch, and what else was told; empty if the file is damaged.
    """

    def __init__(self, file: Path):
        self.file = file
        try:
            with file.open("rb") as stream:
                self.facts = dict(json.loads(stream.readline()))
        except (OSError, ValueError):
            self.facts = {}

    def state(self) -> bytes | None:
        """The state, None if the file is damaged."""
        try:
            state = self.file.read_bytes().partition(b"\n")[2]
        except OSError:
            return None
        return state if hashlib.sha256(state).hexdigest() == self.facts.get("sha256") else None


class LeaseLostError(Exception):
    """Another worker took us for dead, and works on the seed now."""


class Record:
    """One seed of a cell. Anyone may read it; whoever has claimed it may write it, until it ends."""

    def __init__(self, cell: Cell, seed: int):
        self.cell = cell
        self.seed = seed
        self.path = cell.path / f"seed={seed}"
        self._lease: Lease | None = None
        self._rows: TextIO | None = None
        self._status: dict[str, Any] = {}

    def status(self) -> dict[str, Any]:
        """status.json; that the seed is planned where there is none, damaged where it cannot be or rows are missing."""
        file = self.path / "status.json"
        try:
            with open(file, "rb") as stream:  # noqa: PTH123  # stores have a hundred thousand of them
                found = dict(json.loads(stream.read()))
        except FileNotFoundError:
            return {"state": "planned"}
        except ValueError:
            return {"state": "damaged", "cause": f"{file} cannot be read"}
        if found["state"] in FINISHED and found.get("rows_bytes") != self._rows_bytes():
            return self._damaged()
        return found

    def checked(self) -> dict[str, Any]:
        """The status, after reading all rows to see that they are what was written."""
        found = self.status()
        if found["state"] in FINISHED and found["rows_crc32"] != zlib.crc32((self.path / "rows.jsonl").read_bytes()):
            return self._damaged()
        return found

    def _damaged(self) -> dict[str, Any]:
        return {"state": "damaged", "cause": f"{self.path / 'rows.jsonl'} is not what was written"}

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
        return self._lease is not None

    @property
    def started(self) -> bool:
        """Has it been started here?"""
        return self._rows is not None

    @property
    def held(self) -> bool | None:
        """Is somebody at work on it? None: somebody was, of whom it is not known yet."""
        holder = holding(self.path)[1]
        return holder is not None and self.cell.store.watch.alive(holder)

    def standing(self, state: str) -> str:
        """What an unfinished state comes to: running where somebody may be at work, stale where somebody was."""
        holder = holding(self.path)[1]
        if holder is None:
            return "stale" if state == "running" else state
        return "stale" if self.cell.store.watch.alive(holder) is False else "running"

    def claim(self) -> "Record | None":
        """This record, unless a worker that may be alive has it or it is finished.

        Raises:
            ConfigError: the store cannot be written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lease = take(self.path, self.cell.store.worker, self.cell.store.watch)
        except OSError as error:
            raise self.cell.store.refusal(error) from error
        if self._lease and self.checked()["state"] in FINISHED:
            self._release()
        return self if self._lease else None

    def start(self, provenance: Mapping[str, Any], command: str, *, epoch: int = 0) -> None:
        """Begin: what an earlier attempt left is gone, but for the rows up to `epoch`, from where it goes on.

        Args:
            provenance: what it is made of, and with.
            command: what would compute this seed again.
            epoch: of the checkpoint that is continued.
        """
        for file in ("status.json", "provenance.json", "rows.jsonl", "portrait.json", "network.pt"):
            _sweep(self.path, file)
        for file in ("portrait.json", "network.pt"):
            (self.path / file).unlink(missing_ok=True)
        kept = [row for row in self.rows() if row["epoch"] <= epoch] if epoch else []
        _replace(self.path / "provenance.json", json.dumps(provenance, indent=1))
        # a new file: a holder that lost its lease asleep, and writes on, writes to the old one
        _replace(self.path / "rows.jsonl", "".join(json.dumps(row) + "\n" for row in kept))
        self._rows = (self.path / "rows.jsonl").open("a", encoding="utf-8")
        self._status = {"command": command, "worker": self.cell.store.worker.name, "since": time.time()}
        self._say("running")

    def append(self, row: Mapping[str, Any]) -> None:
        assert self._rows is not None
        self._rows.write(json.dumps(row) + "\n")
        self._rows.flush()

    def flush(self) -> None:
        """Have all rows on the disk. Raises LeaseLostError if the seed is another's by now."""
        assert self._rows is not None
        os.fsync(self._rows.fileno())
        self._check()

    def portray(self, portrait: Mapping[str, Any]) -> None:
        """Keep what the last evaluation looks like; nan becomes null."""
        self._check()
        _replace(self.path / "portrait.json", json.dumps(_without_nan(portrait)))

    def keep_network(self, numbers: bytes) -> None:
        """Keep what was trained, for other cells."""
        self._check()
        _replace(self.path / "network.pt", numbers)

    def network(self) -> bytes | None:
        """What was kept of it, None where nothing was."""
        file = self.path / "network.pt"
        return file.read_bytes() if file.exists() else None

    def portrait(self) -> dict[str, Any]:
        """What was kept of the last evaluation, empty where nothing was."""
        file = self.path / "portrait.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def end(
        self, state: str, facts: Mapping[str, Any], metrics: Mapping[str, Metric] | None = None, **details: Any
    ) -> None:
        """The last word. Rows and provenance, which `facts` complete, are on the disk before the state is said.

        With the state stand `facts`, the last row, the best by validation and the best on test (runner/selection.py),
        and the declarations of the metrics of the rows.

        Raises:
            LeaseLostError: the seed is another's by now; nothing was said.
        """
        if self._rows is None:
            raise ValueError("a record ends after it has started")
        self.flush()
        self._rows.close()
        _replace(self.path / "provenance.json", json.dumps(self.provenance() | dict(facts), indent=1))
        rows = (self.path / "rows.jsonl").read_bytes()
        whole = {"rows_bytes": len(rows), "rows_crc32": zlib.crc32(rows)}
        known = {"selected": selected(self.rows(), metrics or {}), "metrics": written(metrics or {})}
        self._say(state, **whole, **known, took=dict(facts), **details)
        self._release()

    def judge(self, state: str, cause: str, **details: Any) -> None:
        """Say of a claimed seed what became of it: that its process died, or that it is damaged. Its files stay."""
        self._status = {"worker": self.cell.store.worker.name, "since": time.time()}
        self._say(state, cause=cause, **details)
        self._release()

    def abandon(self) -> None:
        """Give up a claim without a word; before the start, leave no trace of it."""
        if self._rows is not None:
            self._rows.close()
        self._release()
        if not (self.path / "status.json").exists():
            for file in self.path.glob("lease-*"):
                file.unlink(missing_ok=True)
        root = self.cell.store.root
        for folder in (self.path, self.cell.path, self.cell.path.parent, root / "workers", root):
            with suppress(OSError):  # something else is in there
                folder.rmdir()

    def _check(self) -> None:
        if self._lease is None or not self._lease.held:
            raise LeaseLostError(f"another worker has taken over {self.path}")

    def _say(self, state: str, **details: Any) -> None:
        self._check()
        self._status |= {"state": state, **details}
        _replace(self.path / "status.json", json.dumps(self._status, indent=1))

    def _rows_bytes(self) -> int | None:
        try:
            return (self.path / "rows.jsonl").stat().st_size
        except OSError:
            return None

    def _release(self) -> None:
        if self._lease is not None:
            self._lease.release()
            self._lease = None


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if value != value else value


def _sweep(folder: Path, name: str) -> None:
    """Remove what a writer of this file that was killed left half written; for who alone may write it now."""
    for file in folder.glob(f".{name}.*"):
        file.unlink(missing_ok=True)


def _replace(file: Path, contents: str | bytes) -> None:
    """Write a whole file or nothing: whoever reads it sees the old contents or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as stream:
            stream.write(contents.encode() if isinstance(contents, str) else contents)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)  # half a file would fill a full disk for good
        raise
