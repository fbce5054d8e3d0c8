"""All seeds of one question: what was asked of them, and their folders."""

import hashlib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.compose.identity import DIGITS, digest
from runner.console.errors import ConfigError
from runner.store.checkpoint import Checkpoint
from runner.store.files import MissingError, make_folder, read, remove, replace, sweep
from runner.store.record import FINISHED, Record
from runner.store.seal import DamagedError, sealed, sealed_yaml, unsealed_yaml
from runner.store.shapes import TEXT, Group, check, check_question

if TYPE_CHECKING:
    from runner.store.store import Store

CELL = re.compile(rf"[0-9a-f]{{{DIGITS}}}")  # names of folders
SEED = re.compile(r"seed=(0|[1-9][0-9]*)")
BESIDE = re.compile(r"config\.yaml|\.config\.yaml\.[0-9]+|checkpoints")  # seeds in a cell, one of them half written


class LeftOut(NamedTuple):
    """What a store holds and no program counts: where, and why not."""

    path: Path
    why: str


class Cell:
    """All seeds of one question."""

    def __init__(
        self,
        store: "Store",
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

    def seeds(self, besides: Collection[int] = ()) -> list[int]:
        """The seeds, but for these, that have a folder with something in it, in whatever state: where nothing is, none
        was begun."""
        there = {int(seed[1]) for name in self._names() if (seed := SEED.fullmatch(name))}
        return sorted(seed for seed in there.difference(besides) if not _empty(f"{self.path}/seed={seed}"))

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


def _empty(path: str) -> bool:
    """Is it a folder with nothing in it?"""
    if os.path.lexists(f"{path}/status.json"):  # a third of the time of a listing, and most have it
        return False
    try:
        return not os.listdir(path)  # noqa: PTH208  # stores have a hundred thousand of them
    except OSError:
        return False
