"""One command line tried in this process, and what is wrong with the answer to it.

What is trained is cut off: a line that is right says so by SPARED, and nothing is computed.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from traceback import format_exc
from typing import Any, NamedTuple
from unittest.mock import patch

from runner import __main__ as run
from runner import (
    audit,
    barriers,
    cards,
    check,
    claims,
    forget,
    maps,
    migrate,
    render,
    report,
    repro,
    status,
    tune,
    variance,
)
from runner.compose.cell_config import CellConfig
from runner.compose.program import program
from runner.console.errors import ConfigError
from tests.lines import VALUES, Line

SPARED = "this line is right, and would be done"
LONGEST = 4000  # letters of an answer, most of them choices
PROGRAMS: dict[str, Callable[[], None]] = {"runner": run.main} | {
    part.__name__.rpartition(".")[2]: lambda part=part: program(part.main, part.Options)
    for part in (
        report,
        status,
        tune,
        claims,
        repro,
        forget,
        audit,
        barriers,
        maps,
        render,
        cards,
        migrate,
        check,
        variance,
    )
}
SAID = ("text", "negative", "a number", "nan", "a path")  # values that an answer repeats as they were said


class Answer(NamedTuple):
    """What a program did: `broke` is the traceback of what it let through, `wrote` what was not there before."""

    status: int
    said: str
    printed: str
    broke: str
    wrote: list[str]

    @property
    def right(self) -> bool:
        """Was there nothing to refuse?"""
        return not self.broke and (self.status in (0, 1) or SPARED in self.said)


def _spared(*_: Any, **__: Any) -> Any:
    raise ConfigError(SPARED)


CUT = [
    ("runner.launch.job.Job", "train"), (audit, "_audit"), (maps, "_maps"), (barriers, "_pairs"),
    (tune, "check_defaults"), ("runner.replication.studies", "_train"), ("runner.catalog.loss_cards", "write"),
    (report, "pack"), (status, "Live"), (claims, "keep_claims"), (repro, "keep_tables"),
    ("runner.store.store", "forget"), (migrate, "_renamed"), (migrate, "_restored"), (check, "_tried"),
    ("runner.catalog.part_cards", "write"), ("runner.comparison.publish", "publish"),
    ("runner.comparison.publish", "keep_pictures"), (variance, "pack"),
    ("hydra_plugins.seedwise.PoolLauncher", "train"),
]  # fmt: skip


@contextmanager
def sparing() -> Iterator[None]:
    """Nothing is trained, drawn, packed or written to the documentation."""
    with ExitStack() as cuts:
        for place, name in CUT:
            target = f"{place}.{name}" if isinstance(place, str) else f"{place.__name__}.{name}"
            cuts.enter_context(patch(target, _spared))
        yield


@contextmanager
def beginning() -> Iterator[None]:
    """What is trained is begun, and ends before its first step as if it had been refused."""
    from runner.launch import session

    whole = session.run

    def first(cell: CellConfig, seeds: Sequence[int], **arguments: Any) -> Iterator[Any]:
        yield _spared(next(iter(whole(cell, seeds, **arguments))))

    with patch.object(session, "run", first):
        yield


def answer(name: str, arguments: Sequence[str], folder: Path) -> Answer:
    """Give the arguments to a program that works in a folder."""
    before, here = _listing(folder), Path.cwd()
    said, printed = io.StringIO(), io.StringIO()
    code, broke = 0, ""
    os.chdir(folder)
    try:
        with redirect_stderr(said), redirect_stdout(printed), patch.object(sys, "argv", [name, *arguments]):
            PROGRAMS[name]()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        broke = format_exc()
    finally:
        os.chdir(here)
    return Answer(code, said.getvalue(), printed.getvalue(), broke, sorted(_listing(folder) - before))


def _listing(folder: Path) -> set[str]:
    return {f"{path.relative_to(folder)}" for path in folder.rglob("*")}


def violation(line: Line, answer: Answer) -> str:
    """What of the contract an answer breaks; "" if nothing."""
    if answer.broke:
        return f"a traceback: {answer.broke.strip().splitlines()[-1]}"
    if answer.wrote:
        return f"wrote {answer.wrote[:3]}"
    if line.wrong and answer.right:
        return "was not refused"
    if answer.right:
        return ""
    if answer.status != 2:
        return f"status {answer.status}: {answer.said}"
    if not answer.said.startswith("seedwise: ") or len(answer.said.splitlines()) != 1:
        return f"not one line: {answer.said!r}"
    if not all(letter.isprintable() for letter in answer.said.strip("\n")):
        return f"letters that do not print: {answer.said!r}"
    if len(answer.said) > LONGEST:
        return f"{len(answer.said)} letters: {answer.said[:100]}"
    if answer.printed:
        return f"printed {answer.printed[:100]!r}"
    return _unnamed(line, answer.said)


def _unnamed(line: Line, said: str) -> str:
    """Does an answer not name the key, or a value that is plain?"""
    if "none of these cells is in it" in said:  # of what can be, there is nothing to forget
        return ""
    names = line.key.replace("/", ".").replace("@", ".").split(".")
    if line.what in VALUES and line.key.isprintable() and not any(name in said for name in names):
        return f"the key is not named: {said}"
    value = VALUES.get(line.what, ("",))[0] if line.wrong and line.what in SAID else ""
    return "" if value in said or "there is no such key" in said else f"the value is not named: {said}"
