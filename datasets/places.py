"""Where to find a file or folder that a user names."""

from collections.abc import Callable
from os.path import expanduser
from pathlib import Path
from tempfile import TemporaryFile

from datasets.faults import exhausted


def place(name: str, data_root: str, wanted: Callable[[Path], bool] = Path.exists) -> Path | None:
    """Its path as given, with ~ for the user's home, or else in data_root; the first that is as wanted, or None."""
    own = expanduser(name)  # noqa: PTH111 - pathlib's raises where there is no such user
    return next((path for path in (Path(own), Path(data_root, own)) if _is(wanted, path)), None)


def check_writable(folder: Path, what: str) -> None:
    """Make a folder of exec.data_root, and see that files can be put there.

    Args:
        what: for what it is wanted, for the message.
    Raises:
        ValueError: they cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if exhausted(error):
            raise
        raise ValueError(
            f"exec.data_root: {what} in {folder}, which cannot be written to ({error.strerror}); "
            "exec.data_root=... names another place"
        ) from error


def _is(wanted: Callable[[Path], bool], path: Path) -> bool:
    try:
        return wanted(path)
    except (OSError, ValueError):  # a name that is too long, or has a zero in it, is nowhere
        return False
