"""Where results live: a result is found by what was asked, and what is found there is finished or is not used.

    <root>/cells/<hash>/config.yaml               what was asked, but for the seed, and the names of the choices
    <root>/cells/<hash>/seed=<n>/rows.jsonl       a line an evaluation
    <root>/cells/<hash>/seed=<n>/status.json      how far it is, whose it is, and in the end the rows that count
    <root>/cells/<hash>/seed=<n>/provenance.json  what it was made of, and with
    <root>/cells/<hash>/seed=<n>/portrait.json    per-class recall, reliability and losses at the end, for pictures
    <root>/cells/<hash>/seed=<n>/examples.json    what became of each test example at the epochs that count
    <root>/cells/<hash>/seed=<n>/lease-<k>        who works on it, or did
    <root>/cells/<hash>/checkpoints/              where stacks that were cut short can go on
    <root>/sweeps/<hash>.json                     what a command planned
    <root>/workers/<name>.json                    the beat of a process that is at work
    <root>/index.json                             which seeds were found whole, so that not all are read again
    <root>/looks/<hash>/<n>.json                  that a claim was looked at, and with which seeds
    <root>/audits/<hash>/seed=<n>/                what seeds of any cell with these data are trained on, and pictures
    <root>/maps/<hash>/seed=<n>/                  maps of what the network of a cell's seed makes of test examples
    <root>/barriers/<hash>/                       what lies between the networks of two of its seeds

A cell is the folder that is named by the hash of its question, a seed the folder that is named by its number, and both
say so within. What was edited, cut short, lost or put in the wrong place is left out and named (Store.survey): files
begin with their checksums, or have them in status.json.

Only files are read and written here, nothing is computed, and torch is not known.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.compose.identity import OLDER, digest
from runner.console.errors import ConfigError
from runner.store.cell import CELL, Cell, LeftOut
from runner.store.files import read, remove, replace
from runner.store.folders import folder_named, writable_folder
from runner.store.index import Index
from runner.store.lease import UnsuitableError, Watch, Worker, take, try_out
from runner.store.seal import DamagedError

if TYPE_CHECKING:
    from runner.compose.cell_config import CellConfig


class Store:
    """A folder, there or not yet.

    Raises:
        ConfigError: it cannot be one.
    """

    def __init__(self, root: str | Path):
        self.root = folder_named("store", root)
        self.watch = Watch(self.root / "workers")
        self.index = Index(self.root)

    @cached_property
    def worker(self) -> Worker:
        """This process, at work on this store."""
        return Worker(self.root / "workers")

    def cell(self, question: Mapping[str, Any], choices: Mapping[str, str]) -> Cell:
        """The cell of a resolved configuration without seeds and bookkeeping; `choices` name its groups for people."""
        return Cell(self, digest(question), question, choices)

    def named(self, name: str) -> Cell:
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

    def keep_files(self, place: Path, files: Mapping[str, str | bytes]) -> Path:
        """Write {file name: contents} to a folder within the store; where it is.

        Raises:
            ConfigError: the store cannot be written to.
        """
        folder = self.root / place
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

    def cells(self) -> list[Cell]:
        """Every cell that is whole, in order of its hash."""
        return self.survey()[0]

    def survey(self) -> tuple[list[Cell], list[LeftOut]]:
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

    def folders(self) -> list[Cell]:
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


def cell_of(config: "CellConfig") -> Cell:
    """The cell of a configuration, in the store that it names."""
    return Store(config.store).cell(config.identity, config.choices)


def forget(cells: Sequence[Cell]) -> None:
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
    return Path("audits", digest(asked), f"seed={seed}")
