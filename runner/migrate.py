"""Rename results that an earlier version stored, so that they are found: `python -m runner.migrate results`.

Cells were named by where the code of their parts lay, and are named by the parts alone. Nothing that was measured
changes. Name stores, packed files (.jsonl, .jsonl.gz) or folders of them. The old ones are kept, in `before/` of a
store and as `<file>.before` of a packed file, until you remove them.

undo=true   put them back
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.console.errors import ConfigError, program, writing
from runner.console.say import say
from runner.store.renaming import BEFORE, COPY, rename_packed, rename_store, restore_packed, restore_store
from runner.store.store import Store

PACKED = (".jsonl", ".jsonl.gz")


def main(arguments: Sequence[str]) -> None:
    """Rename what the arguments name, or put it back."""
    options = [argument for argument in arguments if "=" in argument]
    places = [Path(argument) for argument in arguments if argument not in options]
    if wrong := [option for option in options if option not in ("undo=true", "undo=false")]:
        raise ConfigError(f"{wrong[0]}: there is no such option; undo=true or undo=false can be")
    if not places:
        raise ConfigError("which results? such as python -m runner.migrate results, or a packed file")
    for place in places:
        if not place.exists():
            raise ConfigError(f"{place}: there is no such store or packed file")
    for place in places:
        with writing(str(place)):
            for line in _restored(place) if "undo=true" in options else _renamed(place):
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
    program(main)
