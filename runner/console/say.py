"""What is printed without a table or a bar: as text, whatever is in it (runner/console/escape.py)."""

import sys

from runner.console.escape import terminal


def say(text: object, *, lines: bool = False) -> None:
    """An answer, on standard output; `lines`: of several lines."""
    print(terminal(text, lines=lines), flush=True)


def note(text: object, *, lines: bool = False) -> None:
    """What is said beside it, on standard error."""
    print(terminal(text, lines=lines), file=sys.stderr)


def complain(text: object) -> None:
    """What is wrong, in one line on standard error."""
    note(f"seedwise: {text}")
