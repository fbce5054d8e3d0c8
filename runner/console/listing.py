"""Entries that fit a terminal of 80 columns: as paragraphs, or as words with what they mean beside them."""

from collections.abc import Iterable, Iterator, Sequence
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


def beside(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Each word with its meaning in a second column.

    >>> list(beside([("at=last", "which row counts"), ("level=0.05", "of tests")]))
    ['at=last     which row counts', 'level=0.05  of tests']
    """
    both = list(entries)
    column = max((len(word) for word, _ in both), default=0) + 2
    for word, meaning in both:
        first, rest = word.ljust(column), " " * column
        yield fill(meaning, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
