"""Rename results that an earlier version stored, so that they are found: `python -m runner.migrate results`.

Cells were named by where the code of their parts lay, and are named by the parts alone. Nothing that was measured
changes. Name stores, packed files (.jsonl, .jsonl.gz) or folders of them. The old ones are kept, in `before/` of a
store and as `<file>.before` of a packed file, until you remove them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.compose.options import NAMES, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError, writing
from runner.console.say import say
from runner.store.folders import place_at
from runner.store.renaming import BEFORE, COPY, rename_packed, rename_store, restore_packed, restore_store
from runner.store.store import Store

PACKED = (".jsonl", ".jsonl.gz")


@dataclass(frozen=True)
class Options:
    """What can stand beside the names of stores and files."""

    undo: bool = option(False, "put them back")


def main(arguments: Sequence[str]) -> None:
    """Rename what the arguments name, or put it back."""
    options, names = parse(Options, arguments, NAMES)
    if not names:
        raise ConfigError("which results? such as python -m runner.migrate results, or a packed file")
    places = {name: place_at(name) for name in names}
    if gone := [name for name, place in places.items() if place is None]:
        raise ConfigError(f"{gone[0]}: there is no such store or packed file")
    for place in filter(None, places.values()):
        if not ((place / "cells").is_dir() or (place / BEFORE).is_dir() or _packed(place)):
            raise ConfigError(f"{place}: is no store and no packed file ({' or '.join(PACKED)}), and holds none")
    for place in filter(None, places.values()):
        with writing(str(place)):
            lines = list(_restored(place)) if options.undo else _renamed(place)
            for line in lines or [f"{place}: nothing to put back"]:
                say(line)


def _renamed(place: Path) -> Iterator[str]:
    if (place / "cells").is_dir():
        yield from rename_store(Store(place))
    for file in _packed(place):
        count = rename_packed(file)
        yield (
            f"{file}: {count} cells are renamed; it is kept as it was beside it" if count else f"{file}: nothing to do"
        )


def _restored(place: Path) -> Iterator[str]:
    if (place / BEFORE).is_dir():
        yield from restore_store(place)
    for file in _packed(place):
        if restore_packed(file):
            yield f"{file}: is as it was before"


def _packed(place: Path) -> list[Path]:
    files = [place] if place.is_file() else sorted(place.iterdir())
    return [file for file in files if file.name.endswith(PACKED) and not file.name.endswith(COPY)]


if __name__ == "__main__":
    program(main, Options)
