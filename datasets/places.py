"""Where a file or folder is that a user names."""

from collections.abc import Callable
from pathlib import Path


def place(name: str, data_root: str, wanted: Callable[[Path], bool] = Path.exists) -> Path | None:
    """Its path as given or else in data_root, the first that is as wanted; None where neither is."""
    return next((path for path in (Path(name), Path(data_root, name)) if wanted(path)), None)
