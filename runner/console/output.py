"""What a program prints. Where it cannot be written (`| head -1`, a full disk, a terminal that was closed) it is lost,
and costs nothing else: training goes on, and the exit status says what it would have said.
"""

import atexit
import errno
import gc
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from runner.console.say import complain


class _Unfailing(io.FileIO):
    """A file that takes whatever is written, whether or not it can keep it.

    Attributes:
        lost: why what came since was lost; None where nothing was.
    """

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        while self.lost is None:
            try:
                written = super().write(data)
                if written is not None:
                    return written
                select.select([], [self], [])  # a pipe that others have told not to block
            except OSError as error:
                self.lost = error
        return len(data)


@contextmanager
def printing() -> Iterator[None]:
    """Lose output that cannot be printed, and say so at the end, unless the reader just stopped reading.

    Raises:
        SystemExit: with status 1, where the program ends without a status of its own and its answer was lost.
    """
    unfailing()
    atexit.register(gc.freeze)  # the system takes what a program leaves: nothing is looked through for garbage
    try:
        yield
    finally:
        lost = _lost()
        if lost:
            complain(f"the output could not be written ({lost.strerror})")
    if lost:
        sys.exit(1)


def unfailing() -> None:
    """Let stdout and stderr take whatever is written to them.

    One that was closed before we began leads nowhere from now on; else its number would be that of the next file that
    is opened, and what is printed would be written there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is sys.__stdout__:  # else somebody, a test, reads along
        sys.stdout = _taking(sys.stdout, 1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _taking(sys.stderr, 2)


def _taking(stream: TextIO | None, number: int) -> TextIO:
    if stream is not None:
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Unfailing(number, "wb", closefd=False)),
        encoding=stream.encoding if stream else "utf-8",
        errors="backslashreplace",  # a letter that the terminal does not have is no reason to stop
        line_buffering=number == 2 or os.isatty(number),
        write_through=bool(getattr(stream, "write_through", False)),
    )


def _lost() -> OSError | None:
    """Why the output is not whole, but for a reader that has seen enough."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    lost = raw.lost if isinstance(raw, _Unfailing) else None
    return None if lost is None or lost.errno == errno.EPIPE else lost
