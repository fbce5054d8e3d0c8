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

A cell is the folder that is named by the hash of its question, a seed the folder that is named by its number, and both
say so within. What was edited, cut short, lost or put in the wrong place is left out and named (Store.survey): files
begin with their checksums, or have them in status.json.

Only files are read and written here, nothing is computed, and torch is not known.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from runner.errors import ConfigError
from runner.files import MissingError, make_folder, opened, read, remove, replace, sweep
from runner.folders import folder_named, writable_folder
from runner.identity import DIGITS, OLDER, digest, named
from runner.lease import Lease, UnsuitableError, Watch, Worker, holding, take, try_out
from runner.metric import Metric, declarations, written
from runner.seal import DamagedError, checksum, sealed, sealed_yaml, unsealed, unsealed_yaml
from runner.selection import selected
from runner.shapes import (
    ANYTHING,
    NOTHING,
    NUMBER,
    TEXT,
    Group,
    List,
    Shape,
    check,
    check_portrait,
    check_provenance,
    check_question,
    check_took,
    fits,
)

FINISHED = ("done", "diverged")  # outcomes; seeds in any other state are computed when asked for
STATES = (*FINISHED, "planned", "running", "failed", "damaged")  # that status.json may say
STATUS: dict[str, Shape] = {  # what status.json may say
    "command": TEXT, "worker": TEXT, "since": NUMBER, "data_sha256": TEXT, "cause": TEXT | NOTHING, "traceback": TEXT,
    "files": Group(List(TEXT | NUMBER)), "selected": Group(Group(NUMBER)), "code": Group(TEXT), "same_code": List(TEXT),
    "machine": TEXT, "metrics": Group(ANYTHING), "took": Group(ANYTHING),
}  # fmt: skip
OF_FINISHED = ("data_sha256", "files", "selected", "metrics", "took")  # what it has to say of a finished seed
CELL = re.compile(rf"[0-9a-f]{{{DIGITS}}}")  # names of folders
SEED = re.compile(r"seed=(0|[1-9][0-9]*)")
BESIDE = re.compile(r"config\.yaml|\.config\.yaml\.[0-9]+|checkpoints")  # seeds in a cell, one of them half written
FILES = ROWS, PROVENANCE, PORTRAIT, NETWORK = "rows.jsonl", "provenance.json", "portrait.json", "network.pt"
Written = Sequence[Any]  # size and checksum of a file; JSON makes it a list


class LeftOut(NamedTuple):
    """What a store holds and no program counts: where, and why not."""

    path: Path
    why: str


class Store:
    """A folder, there or not yet.

    Raises:
        ConfigError: it cannot be one.
    """

    def __init__(self, root: str | Path):
        self.root = folder_named("store", root)
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
            replace(self.root / "sweeps" / f"{digest(kept)}.json", json.dumps(kept, indent=1))
        except OSError as error:
            raise self.refusal(error) from error

    def check_writable(self) -> None:
        """Raise ConfigError where it cannot be written to, before anything is done for it."""
        writable_folder("store", self.root)

    def check_trainable(self, *, tuning: bool = False) -> None:
        """Raise ConfigError where nothing can be trained or tuned for it, or what it has would not be found."""
        self.check_writable()
        if older := [entry for entry in _entries(self.root / "cells") if OLDER.fullmatch(entry.name)]:
            raise ConfigError(
                f"store={self.root}: {len(older)} cells are {_misnamed(older[0], '')}, so that they are found"
            )
        try:
            try_out(self.root, locks=tuning)
        except OSError as error:
            raise self.refusal(error) from error

    def refusal(self, error: OSError) -> ConfigError:
        """What to say where the store cannot be written to."""
        if isinstance(error, UnsuitableError):
            return ConfigError(
                f"store={self.root}: its file system has no {error}, by which processes agree on who does what; take a "
                "disk of this machine, or NFS, and copy the store where it belongs when all is done"
            )
        return ConfigError(f"store={self.root}: cannot be written to ({error})")

    def keep_audit(self, asked: Mapping[str, Any], seed: int, files: Mapping[str, str | bytes]) -> Path:
        """Write {file name: contents} of one seed of these data; where they are.

        Raises:
            ConfigError: the store cannot be written to.
        """
        folder = self.root / audit_folder(asked, seed)
        try:
            for file, contents in files.items():
                replace(folder / file, contents)
        except OSError as error:
            raise self.refusal(error) from error
        return folder

    def sweeps(self) -> Iterator[dict[str, Any]]:
        """What was planned, as keep_sweep was told; `survey` names what is damaged."""
        for file in _entries(self.root / "sweeps"):
            with suppress(DamagedError):
                yield _planned(file)

    def cells(self) -> list["Cell"]:
        """Every cell that is whole, in order of its hash."""
        return self.survey()[0]

    def survey(self) -> "tuple[list[Cell], list[LeftOut]]":
        """Every cell that is whole, and what is left out: damaged files of cells and sweeps, what has no place here.

        What is damaged of a seed its status says.
        """
        whole, left = [], list(self.strays())
        for cell in self.folders():
            try:
                whole.append(cell.known())
            except DamagedError:
                left += [LeftOut(cell.path, flaw) for flaw in [cell.flaw()] if flaw]
            left += cell.strays()
        for file in _entries(self.root / "sweeps"):
            try:
                _planned(file)
            except DamagedError as error:
                left.append(LeftOut(file, _misnamed(file, str(error))))
        return whole, left

    def strays(self) -> Iterator[LeftOut]:
        """What is beside the cells and none of them, and cells that are not where cells are."""
        for entry in _entries(self.root / "cells", hidden=True):
            if not CELL.fullmatch(entry.name):
                yield LeftOut(entry, _misnamed(entry, "not named as cells are, by a hash"))
        for entry in _entries(self.root, hidden=True):
            if entry.name != "cells" and any(map(_like_a_cell, (entry, *_entries(entry)))):
                yield LeftOut(entry, f"cells are in {self.root / 'cells'} alone")

    def folders(self) -> list["Cell"]:
        """What is named as cells are, whole or not, its question left unread."""
        return [self.named(entry.name) for entry in _entries(self.root / "cells") if CELL.fullmatch(entry.name)]


def _entries(folder: Path, *, hidden: bool = False) -> list[Path]:
    """What is in a folder, in order, but for hidden files."""
    try:
        return sorted(folder / name for name in os.listdir(folder) if hidden or name[0] != ".")  # noqa: PTH208
    except OSError:
        return []


def _misnamed(path: Path, otherwise: str) -> str:
    """What is wrong with a name that is none of a cell or a sweep."""
    if OLDER.fullmatch(path.stem):
        return f"named as in an earlier version; python -m runner.migrate {path.parents[1]} renames them"
    return otherwise


def _like_a_cell(folder: Path) -> bool:
    return bool(CELL.fullmatch(folder.name)) and (folder / "config.yaml").exists()


def _empty(path: str) -> bool:
    """Is it a folder with nothing in it?"""
    try:
        return not os.listdir(path)  # noqa: PTH208  # stores have a hundred thousand of them
    except OSError:
        return False


def _planned(file: Path) -> dict[str, Any]:
    """What a sweep planned, from its file, which is named by a hash of it. Raises DamagedError."""
    text = read(file)
    try:
        kept = json.loads(text)
        if f"{digest(kept)}.json" != file.name:
            raise DamagedError("is not what was written")
        for cell in kept["cells"]:
            if not (CELL.fullmatch(cell["cell"]) and isinstance(cell["name"], str)):
                raise DamagedError("names no cells")
            if not all(isinstance(seed, int) for seed in cell["seeds"]):
                raise DamagedError("names no seeds")
        return {"command": str(kept["command"]), "cells": kept["cells"]}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedError("cannot be read") from error


def forget(cells: Sequence["Cell"]) -> None:
    """Remove these cells with all of their seeds.

    Raises:
        ConfigError: somebody may be at work on one of them; none was removed.
        OSError: one cannot be removed.
    """
    with ExitStack() as leases:
        for cell in cells:
            for record in (record for record in map(cell.seed, cell.seeds()) if record.path.is_dir()):
                lease = take(record.path, cell.store.worker, cell.store.watch)
                if lease is None:
                    raise ConfigError(f"{record.path}: a process is at work on it; nothing was removed")
                leases.callback(lease.release)
        for cell in cells:
            remove(cell.path)


def audit_folder(asked: Mapping[str, Any], seed: int) -> Path:
    """Where in a store the audit of one seed is, of what of a configuration its data depend on."""
    return Path("audits", digest(named(asked)), f"seed={seed}")


class Cell:
    """All seeds of one question."""

    def __init__(
        self,
        store: Store,
        name: str,
        question: Mapping[str, Any],
        choices: Mapping[str, str],
        data: str | None = None,
    ):
        self.store = store
        self.path = store.root / "cells" / name
        self.question = question
        self.choices = choices
        self._data = data

    @property
    def data(self) -> str:
        """The SHA-256 of the data set of its seeds, "" where that is not known."""
        if self._data is None:
            try:
                self._data = str(self.kept()["data_sha256"])
            except DamagedError:
                return ""  # it may be written yet
        return self._data

    def known(self) -> "Cell":
        """The same cell with what its config.yaml says. Raises DamagedError."""
        kept = self.kept()
        return Cell(self.store, self.path.name, kept["question"], kept["choices"], kept["data_sha256"])

    def seed(self, seed: int) -> "Record":
        return Record(self, seed)

    def seeds(self) -> list[int]:
        """The seeds that have a folder with something in it, in whatever state: where nothing is, none was begun."""
        found = (seed for name in self._names() if (seed := SEED.fullmatch(name)) and not _empty(f"{self.path}/{name}"))
        return sorted(int(seed[1]) for seed in found)

    def strays(self) -> list[LeftOut]:
        """What is in its folder, and is neither a seed nor what it keeps beside them."""
        names = sorted(name for name in self._names() if not (SEED.fullmatch(name) or BESIDE.fullmatch(name)))
        return [LeftOut(self.path / name, "not named as seeds are, by a number") for name in names]

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.path)  # noqa: PTH208  # stores have a hundred thousand seeds
        except OSError:
            return []

    @property
    def begun(self) -> bool:
        """Is there a seed that is finished, or was?"""
        return any(self.seed(seed).status()["state"] in (*FINISHED, "damaged") for seed in self.seeds())

    def flaw(self) -> str:
        """What is wrong with config.yaml, without which no program counts its seeds; "" where nothing is, or where
        there is no finished seed to have it."""
        try:
            self.kept()
        except DamagedError as error:
            return f"config.yaml {error}" if self.begun or not isinstance(error, MissingError) else ""
        return ""

    def write(self, data_sha256: str) -> None:
        """Leave word of what was asked, and of which data.

        Raises:
            ConfigError: seeds of this cell were trained on other data.
        """
        try:
            self._data = str(self.kept()["data_sha256"])
        except DamagedError:
            self._keep(data_sha256)
        if self._data != data_sha256:
            raise ConfigError(
                f"the data set has changed since seeds of {self.path} were trained (SHA-256 {self.data[:12]}, now "
                f"{data_sha256[:12]}); one that is computed may differ in its last digits on another processor or "
                "library; results on other data belong elsewhere, store=<folder>"
            )

    def mend(self) -> str:
        """Write config.yaml anew where it is lost or damaged, and seeds are finished, which say what the data are.

        Returns:
            What was done, in words; "" where there is nothing to mend.
        Raises:
            ConfigError: the store cannot be written to.
        """
        try:
            self.kept()
        except DamagedError as error:
            finished = (status for seed in self.seeds() if (status := self.seed(seed).checked())["state"] in FINISHED)
            data = next((status["data_sha256"] for status in finished), None)
            if data is not None:
                try:
                    self._keep(data)
                except OSError as refused:
                    raise self.store.refusal(refused) from refused
                return f"{self.path / 'config.yaml'} {error}, and is written anew"
        return ""

    def _keep(self, data_sha256: str) -> None:
        kept = {"choices": dict(self.choices), "data_sha256": data_sha256, "question": dict(self.question)}
        make_folder(self.path)
        replace(self.path / "config.yaml", sealed_yaml(kept))
        self._data = data_sha256

    def kept(self) -> dict[str, Any]:
        """What was written: choices, data_sha256 and question. Raises DamagedError."""
        found = unsealed_yaml(read(self.path / "config.yaml"))
        try:
            kept = {key: found[key] for key in ("choices", "data_sha256", "question")}
            named = digest(kept["question"])
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise DamagedError("cannot be read") from error
        check(kept, {"choices": Group(TEXT), "data_sha256": TEXT})
        check_question(kept["question"])
        if named != self.path.name:
            raise DamagedError(f"is of another cell, {named}")
        return kept

    def checkpoints(self) -> list["Checkpoint"]:
        """The newest of each stack that was cut short."""
        return [Checkpoint(file, self.path.name) for file in sorted(self.path.glob("checkpoints/*.checkpoint"))]

    def keep_checkpoint(self, seeds: Sequence[int], facts: Mapping[str, Any], state: bytes) -> None:
        """Put this stack's newest in the place of the one before."""
        about = {"cell": self.path.name, "seeds": list(seeds), **facts, "sha256": hashlib.sha256(state).hexdigest()}
        name = f"{seeds[0]}-{digest({'seeds': list(seeds)})}.checkpoint"
        make_folder(self.path / "checkpoints")
        sweep(self.path / "checkpoints", name)
        replace(self.path / "checkpoints" / name, sealed(about).encode() + b"\n" + state)

    def drop_checkpoints(self) -> None:
        """Those of which every seed is finished are of no more use."""
        for checkpoint in self.checkpoints():
            if all(self.seed(seed).finished for seed in checkpoint.facts.get("seeds", [])):
                sweep(checkpoint.file.parent, checkpoint.file.name)
                remove(checkpoint.file)
        with suppress(OSError):
            (self.path / "checkpoints").rmdir()


class Checkpoint:
    """Where a stack stood after some epoch: a line of facts, and the state as bytes.

    Attributes:
        facts: seeds of the stack, epoch, and what else was told; empty if the file is damaged or of another cell.
    """

    def __init__(self, file: Path, cell: str):
        self.file = file
        self.facts: dict[str, Any] = {}
        with suppress(OSError, DamagedError), BufferedReader(opened(file)) as stream:
            facts = unsealed(stream.readline().rstrip(b"\n"))
            self.facts = facts if facts.get("cell") == cell else {}

    def state(self) -> bytes | None:
        """The state, None if the file is damaged."""
        try:
            state = read(self.file).partition(b"\n")[2]
        except DamagedError:
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
        self._rows: BinaryIO | None = None
        self._status: dict[str, Any] = {}
        self._provenance: dict[str, Any] = {}
        self._files: dict[str, tuple[int, str]] = {}

    def status(self) -> dict[str, Any]:
        """status.json; that the seed is planned where it has not begun, damaged where what was written is not there.

        Of a finished seed all files have to be there in their sizes: whether they are what was written `checked` sees.
        """
        return self._status_of(_size)

    def checked(self) -> dict[str, Any]:
        """The status, after reading all files of a finished seed, but for its network, to see that they are what was
        written."""
        found = self._status_of(_contents)
        if found["state"] in FINISHED and not _are_of(found, read(self.path / ROWS)):
            return _damaged("status.json", f"has numbers that are not those that {ROWS} comes to")
        return found

    def _status_of(self, look: Callable[[str, Written], bool]) -> dict[str, Any]:
        try:
            found = unsealed(read(f"{self.path}/status.json"))
            self._check_status(found)
        except MissingError as error:
            return _damaged("status.json", str(error)) if (self.path / ROWS).exists() else {"state": "planned"}
        except DamagedError as error:
            return _damaged("status.json", str(error))
        if found["state"] in FINISHED:
            for name, written in found["files"].items():
                if not (_size if name == NETWORK else look)(f"{self.path}/{name}", written):
                    return _damaged(name)
        return found

    def _check_status(self, found: Mapping[str, Any]) -> None:
        """Raise DamagedError where it is the status of another seed, or says nothing that may be."""
        if (found.get("cell"), found.get("seed")) != (self.cell.path.name, self.seed):
            raise DamagedError(f"is of another seed, {found.get('seed')} of cell {found.get('cell')}")
        state = found.get("state")
        if type(state) is not str or state not in STATES:
            raise DamagedError(f"says no state, but {state!r}")
        check(found, STATUS, OF_FINISHED if state in FINISHED else ())
        try:
            declarations(found.get("metrics", {}))
        except ValueError as error:
            raise DamagedError(f"declares what cannot be measured: {error}") from error
        check_took(found.get("took", {}))
        if state in FINISHED:
            _check_files(found["files"])
            if self.cell.data not in ("", found["data_sha256"]):
                raise DamagedError("is of a seed that was trained on other data than its cell")

    @property
    def finished(self) -> bool:
        return self.checked()["state"] in FINISHED

    def rows(self) -> list[dict[str, Any]]:
        """Every evaluation, none where it has not begun. Raises DamagedError."""
        try:
            return [json.loads(line) for line in read(self.path / ROWS).splitlines()]
        except MissingError:
            return []

    def provenance(self) -> dict[str, Any]:
        """What it was made of and with, empty where that is not there, or is none."""
        return self._object(PROVENANCE, check_provenance)

    def portrait(self) -> dict[str, Any]:
        """What was kept of the last evaluation, empty where nothing was, or no portrait."""
        return self._object(PORTRAIT, check_portrait)

    def _object(self, name: str, form: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
        try:
            found = dict(json.loads(read(self.path / name)))
            form(found)
            return found
        except (DamagedError, ValueError, TypeError, RecursionError):  # of a finished seed, `checked` says so
            return {}

    def network(self) -> bytes | None:
        """What was kept of a finished seed, None where nothing was. Raises DamagedError that says which file is."""
        status = self.status()
        if status["state"] == "damaged":
            raise DamagedError(status["cause"])
        if NETWORK not in status.get("files", {}):
            return None
        numbers = read(self.path / NETWORK)
        if checksum(numbers) != status["files"][NETWORK][1]:
            raise DamagedError(f"{NETWORK} is not what was written")
        return numbers

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
            make_folder(self.cell.path)
            make_folder(self.path)
            self._lease = take(self.path, self.cell.store.worker, self.cell.store.watch)
        except OSError as error:
            self.abandon()
            raise self.cell.store.refusal(error) from error
        if self._lease and self.checked()["state"] in FINISHED:
            self._release()
        return self if self._lease else None

    def start(self, provenance: Mapping[str, Any], command: str, *, rows: int = 0) -> None:
        """Begin: what an earlier attempt left is gone, but for its first rows where it goes on from a checkpoint.

        Args:
            provenance: what it is made of, and with.
            command: what would compute this seed again.
            rows: bytes of rows.jsonl that stay, as `so_far` said when the checkpoint was kept.
        """
        for name in ("status.json", *FILES):
            sweep(self.path, name)
        for name in (PORTRAIT, NETWORK):
            remove(self.path / name)
        kept = read(self.path / ROWS)[:rows] if rows else b""
        self._provenance, self._files = dict(provenance), {}
        self._put(PROVENANCE, json.dumps(provenance, indent=1))
        # a new file: a holder that lost its lease asleep, and writes on, writes to the old one
        self._put(ROWS, kept)
        self._rows = (self.path / ROWS).open("ab")
        self._status = {"command": command, "worker": self.cell.store.worker.name, "since": time.time()}
        self._say("running")

    def append(self, row: Mapping[str, Any]) -> None:
        assert self._rows is not None
        self._rows.write(json.dumps(row).encode() + b"\n")
        self._rows.flush()

    def flush(self) -> None:
        """Have all rows on the disk. Raises LeaseLostError if the seed is another's by now."""
        assert self._rows is not None
        os.fsync(self._rows.fileno())
        self._check()

    def so_far(self) -> tuple[int, str]:
        """The bytes of rows.jsonl as it is now, and their checksum. Raises DamagedError."""
        rows = read(self.path / ROWS)
        return len(rows), checksum(rows)

    def begins_with(self, size: int, written: str) -> bool:
        """Are the first bytes of rows.jsonl what `so_far` once said?"""
        try:
            return checksum(read(self.path / ROWS)[:size]) == written
        except DamagedError:
            return False

    def portray(self, portrait: Mapping[str, Any]) -> None:
        """Keep what the last evaluation looks like; nan becomes null."""
        self._put(PORTRAIT, json.dumps(_without_nan(portrait)))

    def keep_network(self, numbers: bytes) -> None:
        """Keep what was trained, for other cells."""
        self._put(NETWORK, numbers)

    def end(
        self, state: str, facts: Mapping[str, Any], metrics: Mapping[str, Metric] | None = None, **details: Any
    ) -> None:
        """The last word. Rows and provenance, which `facts` complete, are on the disk before the state is said.

        With the state stand `facts` and, of a finished seed, the last row, the best by validation and the best on test
        (runner/selection.py), the declarations of the metrics of the rows, and sizes and checksums of its files.

        Raises:
            LeaseLostError: the seed is another's by now; nothing was said.
            DamagedError: the rows were lost meanwhile.
        """
        if self._rows is None:
            raise ValueError("a record ends after it has started")
        self.flush()
        self._rows.close()
        self._put(PROVENANCE, json.dumps(self._provenance | dict(facts), indent=1))
        whole: dict[str, Any] = {}
        if state in FINISHED:
            try:
                self._files[ROWS] = self.so_far()
            except DamagedError as error:
                raise DamagedError(f"{ROWS} {error}") from error
            whole = {"files": dict(sorted(self._files.items())), "selected": selected(self.rows(), metrics or {})}
        self._say(state, **whole, metrics=written(metrics or {}), took=dict(facts), **details)
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
                remove(file)
        root = self.cell.store.root
        for folder in (self.path, self.cell.path, self.cell.path.parent, root / "workers", root):
            with suppress(OSError):  # something else is in there
                folder.rmdir()

    def _check(self) -> None:
        if self._lease is None or not self._lease.held:
            raise LeaseLostError(f"another worker has taken over {self.path}")

    def _put(self, name: str, contents: str | bytes) -> None:
        """Write one of FILES, and remember what was written."""
        self._check()
        data = contents.encode() if isinstance(contents, str) else contents
        replace(self.path / name, data)
        self._files[name] = (len(data), checksum(data))

    def _say(self, state: str, **details: Any) -> None:
        self._check()
        self._status |= {"state": state, **details}
        whose = {"cell": self.cell.path.name, "seed": self.seed, "data_sha256": self.cell.data}
        replace(self.path / "status.json", sealed(whose | self._status, indent=1))

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


def _check_files(named: Mapping[str, Written]) -> None:
    """Raise DamagedError where these are not the files of a finished seed, with size and checksum of each."""
    for name in (ROWS, PROVENANCE):
        if name not in named:
            raise DamagedError(f"names no {name}")
    for name, size_and_sum in named.items():
        if name not in FILES or [type(each) for each in size_and_sum] != [int, str]:
            raise DamagedError(f"names {name}, which is no file of a seed with size and checksum")


def _size(file: str, written: Written) -> bool:
    """Has a file the size that was written?"""
    try:
        return os.stat(file).st_size == written[0]  # noqa: PTH116  # stores have a hundred thousand seeds
    except OSError:
        return False


def _are_of(status: Mapping[str, Any], rows: bytes) -> bool:
    """Are the rows that count those that the rules pick of rows.jsonl?"""
    try:
        found = [json.loads(line) for line in rows.splitlines()]
    except (ValueError, RecursionError):
        return False
    if not fits(found, List(Group(NUMBER))):
        return False
    due = selected(found, declarations(status.get("metrics", {})))
    return json.dumps(status["selected"], sort_keys=True) == json.dumps(due, sort_keys=True)  # where nan equals nan


def _contents(file: str, written: Written) -> bool:
    """Does a file hold what was written?"""
    try:
        contents = read(file)
    except DamagedError:
        return False
    return len(contents) == written[0] and checksum(contents) == written[1]


def _damaged(name: str, why: str = "is not what was written") -> dict[str, Any]:
    return {"state": "damaged", "cause": f"{name} {why}"}
