"""Files that are read whole and written whole, whatever stands in their place."""

import os
import shutil
from contextlib import suppress
from io import FileIO
from pathlib import Path
from stat import S_ISREG

from runner.store.seal import DamagedError

CHUNK = 2**20  # bytes that are read at once of a file that is not as long as it said


class MissingError(DamagedError):
    """There is no such file."""


def opened(file: str | Path) -> FileIO:
    """A file, to be read. What stands in its place may be a pipe, which would be waited for, or a device without end.

    Raises:
        DamagedError: it is no regular file, or cannot be read; MissingError where there is none.
    """
    return FileIO(_opened(file)[0])


def read(file: str | Path) -> bytes:
    """All of a file, in one call where it is as long as it says: stores have a hundred thousand of them.

    Raises MissingError where there is none, DamagedError where it cannot be read.
    """
    descriptor, size = _opened(file)
    try:
        text = os.read(descriptor, size + 1)
        while len(text) != size and (more := os.read(descriptor, CHUNK)):  # it is longer, or came in pieces
            text += more
        return text
    except OSError as error:
        raise DamagedError(f"cannot be read ({error.strerror})") from error
    finally:
        os.close(descriptor)


def _opened(file: str | Path) -> tuple[int, int]:
    """The descriptor of a regular file, and its size."""
    try:
        about = os.stat(file)  # noqa: PTH116  # half the time
        if not S_ISREG(about.st_mode):
            raise DamagedError("is no regular file")
        return os.open(file, os.O_RDONLY), about.st_size
    except FileNotFoundError as error:
        raise MissingError("is missing") from error
    except OSError as error:
        raise DamagedError(f"cannot be read ({error.strerror})") from error


def replace(file: Path, contents: str | bytes) -> None:
    """Write a whole file or nothing: whoever reads it sees the old contents or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as stream:
            stream.write(contents.encode() if isinstance(contents, str) else contents)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(OSError):  # there was none, or the file system knows no modes
            fresh.chmod(file.stat().st_mode & 0o777)
        if file.is_dir():
            remove(file)
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)  # half a file would fill a full disk for good
        raise


def save(file: Path, contents: str | bytes) -> None:
    """Write a file that a user names, whole or not at all: after a kill or on a full disk there is what was before.

    What a link leads to is written, and keeps who may read it. A device or a pipe (/dev/stdout) is written to as it is.

    Raises:
        OSError: it cannot be written, or is a folder.
    """
    if file.exists() and not file.is_file():
        with file.open("wb") as stream:
            stream.write(contents.encode() if isinstance(contents, str) else contents)
    else:
        replace(Path(os.path.realpath(file)), contents)


def make_folder(folder: Path) -> None:
    """Have a folder there, and not a file of its name. One that another process makes at the same time stays."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        folder.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; nothing where there is neither."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sweep(folder: Path, name: str) -> None:
    """Remove what a writer of this file that was killed left half written; for who alone may write it now."""
    for file in folder.glob(f".{name}.*"):
        remove(file)
