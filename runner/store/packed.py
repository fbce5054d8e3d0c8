"""Files of sealed lines, as results are packed and evidence is kept.

Lines say which others they were packed with, so that none of another file is taken for one of them; of an older file
that cannot be told.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.console.say import complain
from runner.store.files import read, save
from runner.store.seal import DamagedError, older, sealed_lines, unsealed_lines


def keep_lines(file: Path, kept: Sequence[Mapping[str, Any]]) -> None:
    """Write a line for each, compressed if the file's name ends with .gz."""
    text = sealed_lines(kept).encode()
    save(file, gzip.compress(text, mtime=0) if file.suffix == ".gz" else text)


def kept_lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, what it says) of such a file; that it is older is said on stderr.

    Raises:
        DamagedError: it is not whole.
    """
    text = _text(file)
    if older(text):
        complain(f"{file}: is older, and does not say of each line which file it was packed into")
    yield from unsealed_lines(text)


def _text(file: Path) -> bytes:
    data = read(file)
    try:
        return gzip.decompress(data) if file.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedError(f"is not a packed file ({error})") from error
