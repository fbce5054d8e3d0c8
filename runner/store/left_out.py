"""What a store holds and no program counts, said in lines of a fixed number."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.console.say import complain
from runner.store.cell import LeftOut

NAMED = 6  # places, up to which each is named


def lines(found: Iterable[LeftOut]) -> Iterator[str]:
    """A line for each reason why something is left out, with the first of the places.

    >>> list(lines([LeftOut(Path(f"seed={n}"), "rows.jsonl is missing") for n in range(8)]))
    ['left out (rows.jsonl is missing): seed=0, seed=1, seed=2, seed=3, seed=4, seed=5 and 2 more']
    """
    by_reason: dict[str, list[Path]] = {}
    for path, why in found:
        by_reason.setdefault(why, []).append(path)
    for why, paths in by_reason.items():
        more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
        yield f"left out ({why}): {', '.join(map(str, paths[:NAMED]))}{more}"


def tell(found: Iterable[LeftOut]) -> None:
    """The same, on stderr."""
    for line in lines(found):
        complain(line)
