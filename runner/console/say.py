"""Print lines of plain text (runner/console/escape.py)."""

import sys

from runner.console.escape import terminal


def say(text: object, *, lines: bool = False) -> None:
    """An answer, on standard output; `lines`: of several lines."""
    print(terminal(text, lines=lines), flush=True)


def note(text: object, *, lines: bool = False) -> None:
    """A remark, on standard error."""
    print(terminal(text, lines=lines), file=sys.stderr)


def complain(text: object) -> None:
    """An error, in one line on standard error."""
    note(f"seedwise: {text}")
