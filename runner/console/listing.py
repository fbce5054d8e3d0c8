"""Entries as paragraphs that fit a terminal of 80 columns."""

from collections.abc import Iterable, Sequence
from textwrap import fill

from runner.console.say import say

WIDTH = 80


def listed(entries: Iterable[Sequence[str]]) -> None:
    """Print entries, the first of their lines as a heading.

    >>> listed([("one", "the first of them")])
    one
        the first of them
    """
    for heading, *lines in entries:
        say(heading)
        for line in lines:
            say(fill(line, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False), lines=True)
