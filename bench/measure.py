"""What a bench script hands in, and the means to measure it."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured number and the bar it was to meet.

    Attributes:
        what: was measured, in words.
        value: the number, in `unit`.
        unit: "" for a ratio.
        bar: ("at most", 0.15) or ("at least", 2.5); None where the number is for comparison alone.
    """

    what: str
    value: float
    unit: str = ""
    bar: tuple[str, float] | None = None

    @property
    def met(self) -> bool | None:
        if self.bar is None:
            return None
        side, limit = self.bar
        return self.value <= limit if side == "at most" else self.value >= limit

    def cells(self) -> list[str]:
        """The figure as a row of a table.

        >>> Figure("a cell beyond its training", 0.1234, "s", ("at most", 0.15)).cells()
        ['a cell beyond its training', '0.123 s', 'at most 0.15 s', 'met']
        """
        asked = f"{self.bar[0]} {self.bar[1]:g} {self.unit}".strip() if self.bar else ""
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return [self.what, f"{self.value:.3g} {self.unit}".strip(), asked, verdict]


@dataclass(frozen=True)
class Took:
    """What a command took: seconds on the wall, and of all its processes together on the cores."""

    wall: float
    cpu: float


def spent(work: Callable[[], object]) -> Took:
    """What processes that some work starts, and waits for, take."""
    import resource

    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def command(arguments: Sequence[str], log: Path, *, status: int = 0) -> Took:
    """Run a Python module as a user would, its words to `log`. Raises CalledProcessError if it ends otherwise."""

    def run() -> None:
        with log.open("w", encoding="utf-8") as out:
            done = subprocess.run([sys.executable, "-m", *arguments], stdout=out, stderr=subprocess.STDOUT, check=False)
        if done.returncode != status:
            raise subprocess.CalledProcessError(done.returncode, done.args)

    return spent(run)


def peak(arguments: Sequence[str], log: Path) -> int:
    """Bytes that a Python module holds at most, run as a user would; on Linux."""
    code = (
        "import resource, runpy, sys; sys.argv = sys.argv[1:];"
        "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], stdout=out, stderr=subprocess.PIPE, text=True, check=True
        )
    return int(done.stderr.splitlines()[-1]) * 1024


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown, the first row of which is its header."""
    header, *body = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *body))
