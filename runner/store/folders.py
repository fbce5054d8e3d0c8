"""Where a command reads and writes: looked at before anything is trained for it."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from runner.console.errors import ConfigError, first_line


def file_at(path: str | Path) -> Path | None:
    """The file of this path, None if there is none; what can be no path is none."""
    with suppress(OSError, ValueError):
        return Path(path) if Path(path).is_file() else None
    return None


def place_at(path: str) -> Path | None:
    """The file or folder of this path, None if there is none."""
    with suppress(OSError, ValueError):
        return Path(path) if path and Path(path).exists() else None
    return None


def folder_named(option: str, path: str | Path) -> Path:
    """The folder that an option names, whether it is there yet or not.

    Raises:
        ConfigError: it cannot be one.
    """
    place = _place(option, path)
    if place.exists() and not place.is_dir():
        raise ConfigError(f"{option}={path}: is a file; must be a folder")
    return place


def writable_folder(option: str, path: str | Path) -> Path:
    """The same; files can be put there. Raises ConfigError if not."""
    place = folder_named(option, path)
    _try(f"{option}={path}", place)
    return place


def writable_file(option: str, path: str | Path) -> Path:
    """The file that an option names, which can be written. Raises ConfigError if not."""
    place = _place(option, path)
    if place.is_dir():
        raise ConfigError(f"{option}={path}: is a folder; must be a file")
    if place.exists() and not place.is_file():  # /dev/stdout
        return place
    _try(f"{option}={path}", place.parent)
    return place


def _place(option: str, path: str | Path) -> Path:
    if not str(path):
        raise ConfigError(f"{option}= names nothing; {option}=... is a path")
    try:
        Path(path).stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # the name is too long, has a zero in it, or goes through a file
        raise ConfigError(f"{option}={path}: cannot be a path ({_why(error)})") from error
    return Path(path)


def _try(said: str, place: Path) -> None:
    """Make a file without a name in a folder, or in the one above that it would be made in."""
    while not os.path.lexists(place):
        place = place.parent
    try:
        with TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise ConfigError(f"{said}: {place} cannot be written to ({_why(error)})") from error


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or first_line(error)
