"""One seed of a cell: its files, from the claim to the last word."""

import json
import marshal
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from runner.store.files import MissingError, make_folder, read, remove, replace, sweep
from runner.store.lease import Lease, holding, take
from runner.store.seal import DamagedError, checksum, sealed, unsealed
from runner.store.shapes import (
    ANYTHING,
    NOTHING,
    NUMBER,
    TEXT,
    Group,
    List,
    Shape,
    check,
    check_diagnostics,
    check_provenance,
    check_took,
    fits,
)
from runner.tasks.metric import Metric, declarations, written
from runner.tasks.selection import selected

if TYPE_CHECKING:
    from runner.store.cell import Cell

FINISHED = ("done", "diverged")  # outcomes; seeds in any other state are computed when asked for
STATES = (*FINISHED, "planned", "running", "failed", "damaged")  # that status.json may say
STATUS: dict[str, Shape] = {  # what status.json may say
    "command": TEXT, "worker": TEXT, "since": NUMBER, "data_sha256": TEXT, "cause": TEXT | NOTHING, "traceback": TEXT,
    "files": Group(List(TEXT | NUMBER)), "selected": Group(Group(NUMBER)), "code": Group(TEXT), "same_code": List(TEXT),
    "machine": TEXT, "metrics": Group(ANYTHING), "took": Group(ANYTHING),
}  # fmt: skip
OF_FINISHED = ("data_sha256", "files", "selected", "metrics", "took")  # what it has to say of a finished seed
FILES = ROWS, PROVENANCE, DIAGNOSTICS, EXAMPLES, NETWORK = (
    "rows.jsonl", "provenance.json", "portrait.json", "examples.json", "network.pt",
)  # fmt: skip
Written = Sequence[Any]  # size and checksum of a file; JSON makes it a list


class LeaseLostError(Exception):
    """Another worker took us for dead, and works on the seed now."""


class Record:
    """One seed of a cell. Anyone may read it; whoever has claimed it may write it, until it ends."""

    def __init__(self, cell: "Cell", seed: int):
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
        contents: dict[str, bytes] = {}

        def look(file: str, written: Written) -> bool:
            try:
                contents[file] = read(file)
            except DamagedError:
                return False
            return len(contents[file]) == written[0] and checksum(contents[file]) == written[1]

        found = self._status_of(look)
        if found["state"] in FINISHED and not _are_of(found, contents[f"{self.path}/{ROWS}"]):
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

    def final_diagnostics(self) -> dict[str, Any]:
        """What was kept of the last evaluation, empty where nothing was, or no diagnostics."""
        return self._object(DIAGNOSTICS, check_diagnostics)

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
        for name in (DIAGNOSTICS, EXAMPLES, NETWORK):
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

    def keep_diagnostics(self, found: Mapping[str, Any]) -> None:
        """Keep what the last evaluation looks like; nan becomes null."""
        self._put(DIAGNOSTICS, json.dumps(_without_nan(found)))

    def keep_examples(self, written: Mapping[str, Any]) -> None:
        """Keep what became of each test example; see runner/comparison/kept_examples.py."""
        self._put(EXAMPLES, json.dumps(written))

    def keep_network(self, numbers: bytes) -> None:
        """Keep what was trained, for other cells."""
        self._put(NETWORK, numbers)

    def end(
        self, state: str, facts: Mapping[str, Any], metrics: Mapping[str, Metric] | None = None, **details: Any
    ) -> None:
        """The last word. Rows and provenance, which `facts` complete, are on the disk before the state is said.

        With the state stand `facts` and, of a finished seed, the last row, the best by validation and the best on test
        (runner/tasks/selection.py), the declarations of the metrics of the rows, and sizes and checksums of its files.

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
    return _same(status["selected"], selected(found, declarations(status.get("metrics", {}))))


def _same(one: Any, other: Any) -> bool:
    """Would JSON have the same for both? There nan equals nan, and 1 is not 1.0."""
    alike = marshal.dumps(one, 2) == marshal.dumps(other, 2)  # most are, to the bit, which this sees ten times as fast
    return alike or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _damaged(name: str, why: str = "is not what was written") -> dict[str, Any]:
    return {"state": "damaged", "cause": f"{name} {why}"}
