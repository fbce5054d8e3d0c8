"""Weights & Biases as a mirror: rows go to the store first, and nothing is read back from here.

One W&B run a seed, the cell as its group. W&B's client has a process of its own (mirror.py), which is started only when
its mode is not "disabled". Whatever goes wrong there, the end of that process included, is said once and costs the
mirror, never a result.
"""

import atexit
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

from runner.compose.schema import Wandb
from runner.store.record import Record

PART = 1 << 16  # bytes that are written or read at once


class Tracker:
    """The open W&B runs of one stack.

    Args:
        settings: exec.wandb: mode, project, entity, group, tags.
        folder: where wandb puts its own files.
        say: prints a line.
    """

    def __init__(self, settings: Wandb, folder: Path, say: Callable[[str], None]):
        self.settings = settings
        self.folder = folder
        self.say = say
        self.client: _Client | None = None

    def start(self, record: Record, label: str) -> None:
        if self.client is None:
            self.client = begin(self.settings)
            self._tell("begin")
        run = {
            "mode": self.settings.mode,
            "project": self.settings.project,
            "entity": self.settings.entity,
            "group": self.settings.group or record.cell.path.name,
            "tags": self.settings.tags,
            "name": f"{label} seed={record.seed}",
            "id": token_hex(4),
            "resume": "never",
            "job_type": "train",
            "config": {**record.cell.question, "seed": record.seed, "choices": dict(record.cell.choices)},
            "dir": str(self.folder.absolute()),
            "reinit": "create_new",
        }
        self._tell("start", seed=record.seed, run=run)

    def log(self, seed: int, row: Mapping[str, Any]) -> None:
        self._tell("log", seed=seed, row=dict(row))

    def finish(self, seed: int, *, failed: bool) -> None:
        self._tell("finish", seed=seed, exit_code=int(failed))

    def close(self) -> None:
        """Wait until W&B has all of it."""
        self._tell("close")
        while self.client:
            self._hear(self.client.heard(wait=True))

    def _tell(self, name: str, **arguments: Any) -> None:
        if self.client:
            self._hear(self.client.tell(name, **arguments))

    def _hear(self, said: Iterable[str | None]) -> None:
        """Answers: what went wrong, "" where all is done, None where the process has ended."""
        for text in said:
            if text != "":
                self.say(f"W&B records no more of this run ({text or 'its process has ended'}); the store does")
            if not text:
                self.client = None
            if text is None:
                leave()


class _Client:
    """The process of W&B's client. What is told to it waits here while it is busy: nothing waits for it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "runner.launch.mirror"]
        # it finds what this process finds, writes to no terminal, and gets no signal of one
        path, pipe = {"PYTHONPATH": os.pathsep.join(sys.path)}, subprocess.PIPE
        self.process = subprocess.Popen(
            command, env=os.environ | path, process_group=0, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.ends = self.process.stdin, self.process.stdout
        self.to, self.back = (end.fileno() for end in self.ends)
        os.set_blocking(self.to, False)
        self.unsent, self.unread = bytearray(), bytearray()
        self.told = False

    def tell(self, name: str, **arguments: Any) -> list[str | None]:
        """Tell it to do something; what it has answered since."""
        self.told = True
        self.unsent += json.dumps([name, arguments]).encode() + b"\n"
        return self.heard(wait=False)

    def heard(self, *, wait: bool) -> list[str | None]:
        """What it has answered since, None at the end where it has ended; at least one answer if we wait."""
        said: list[str | None] = []
        while True:
            ready, free, _ = select.select([self.back], [self.to] if self.unsent else [], [], None if wait else 0)
            if not (ready or free):
                return said
            try:
                if free:
                    del self.unsent[: os.write(self.to, self.unsent[:PART])]
                    continue
                self.unread += (came := os.read(self.back, PART))
            except BrokenPipeError:
                came = b""
            *lines, self.unread = self.unread.split(b"\n")
            said += [json.loads(line) for line in lines]
            if not came:
                return [*said, None]
            wait = wait and not said

    def leave(self) -> None:
        """Let it end what is open, and itself; at once where it was told nothing."""
        if not self.told:
            self.process.kill()
        for end in self.ends:
            end.close()
        self.process.wait()


_clients: list[_Client] = []  # one at most: it serves all stacks of this process, one after another


def begin(settings: Wandb) -> _Client | None:
    """The process of W&B's client, which takes a second to start; None where W&B is off."""
    if settings.mode == "disabled":
        return None
    if not _clients:
        _clients.append(_Client())
        atexit.register(leave)
    return _clients[0]


def leave() -> None:
    """Let the process end, if there is one, and wait for it: what it costs is part of this command."""
    while _clients:
        _clients.pop().leave()
