"""One command line tried in this process, and what is wrong with the answer to it.

What is trained is cut off: a line that is right says so by SPARED, and nothing is computed.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from traceback import format_exc
from typing import Any, NamedTuple
from unittest.mock import patch

from runner import __main__ as run
from runner import audit, cards, claims, forget, renew, report, repro, status, tune
from runner.errors import ConfigError, program

SPARED = "this line is right, and would be done"
PROGRAMS: dict[str, Callable[[], None]] = {"runner": run.main} | {
    part.__name__.rpartition(".")[2]: lambda part=part: program(part.main)
    for part in (report, status, tune, claims, repro, forget, audit, renew, cards)
}


class Answer(NamedTuple):
    """What a program did: `broke` is the traceback of what it let through, `wrote` what was not there before."""

    status: int
    said: str
    printed: str
    broke: str
    wrote: list[str]
    seconds: float

    @property
    def right(self) -> bool:
        """Was there nothing to refuse?"""
        return self.status in (0, 1) or SPARED in self.said


def _spared(*_: Any, **__: Any) -> Any:
    raise ConfigError(SPARED)


@contextmanager
def sparing() -> Iterator[None]:
    """Nothing is trained, drawn or written to the documentation."""
    with (
        patch.object(run, "_train", _spared),
        patch.object(audit, "_audit", _spared),
        patch.object(tune, "_defaults", _spared),
        patch.object(claims, "train", _spared),
        patch.object(repro, "train", _spared),
        patch.object(cards, "write", _spared),
        patch("hydra_plugins.seedwise.PoolLauncher.train", _spared),
        patch("runner.store.forget", _spared),
        patch("runner.comparison.publish.publish", _spared),
        patch("runner.status.Live", _spared),
    ):
        yield


def answer(name: str, arguments: Sequence[str], folder: Path) -> Answer:
    """Give the arguments to a program that works in a folder."""
    before, here = _listing(folder), Path.cwd()
    said, printed = io.StringIO(), io.StringIO()
    code, broke = 0, ""
    os.chdir(folder)
    began = time.monotonic()
    try:
        with redirect_stderr(said), redirect_stdout(printed), patch.object(sys, "argv", [name, *arguments]):
            PROGRAMS[name]()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        broke = format_exc()
    finally:
        os.chdir(here)
    took = time.monotonic() - began
    return Answer(code, said.getvalue(), printed.getvalue(), broke, sorted(_listing(folder) - before), took)


def _listing(folder: Path) -> set[str]:
    return {f"{path.relative_to(folder)}" for path in folder.rglob("*")}
