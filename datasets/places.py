"""Where a file or folder is that a user names."""

from collections.abc import Callable
from os.path import expanduser
from pathlib import Path


def place(name: str, data_root: str, wanted: Callable[[Path], bool] = Path.exists) -> Path | None:
    """Its path as given, with ~ for the user's home, or else in data_root; the first that is as wanted, or None."""
    own = expanduser(name)  # noqa: PTH111 - pathlib's raises where there is no such user
    return next((path for path in (Path(own), Path(data_root, own)) if _is(wanted, path)), None)


def _is(wanted: Callable[[Path], bool], path: Path) -> bool:
    try:
        return wanted(path)
    except (OSError, ValueError):  # a name that is too long, or has a zero in it, is nowhere
        return False
