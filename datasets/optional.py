"""Packages that only some data sets need."""

from importlib import import_module
from typing import Any


def optional(module: str) -> Any:
    """A module of a package that is installed on request only.

    Raises:
        ValueError: it is not installed; says how to.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ValueError(
            f"needs the package {package}, which cannot be imported: .venv/bin/pip install -e '.[data]'"
        ) from error
