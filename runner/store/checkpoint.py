"""Where a stack stood after some epoch, so that it can go on."""

import hashlib
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

from runner.store.files import opened, read
from runner.store.seal import DamagedError, unsealed


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
