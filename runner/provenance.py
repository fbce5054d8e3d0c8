"""What a result was made with: code, versions, machine."""

import hashlib
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "hydra-core", "omegaconf", "wandb")
HOME = Path(__file__).resolve().parents[1]
CODE = ("conf/*.yaml", "datasets/*.py", "hydra_plugins/*.py", "losses/*.py", "runner/*.py")
LIMIT = 100_000  # characters of changes, and of new files, that are kept: every seed has them


@cache
def provenance() -> dict[str, Any]:
    """Commit, changes and new files of this code (null where it is not in a git repository), versions, system."""
    diff = _git("diff", "HEAD", "--", "*.py", "*.yaml")
    return {
        "commit": _git("rev-parse", "HEAD"),
        "diff": diff and _cut(diff, LIMIT),
        "untracked": _untracked(),
        "python": sys.version.split()[0],
        "packages": {name: _version(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # W&B, which is a mirror, need not be there
        return None


def _untracked() -> dict[str, str] | None:
    """{file: its text} of code that git does not know, as far as there is room."""
    listed = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *CODE)
    if listed is None:
        return None
    found, room = {}, LIMIT
    for name in filter(None, listed.split("\0")):
        found[name] = _cut((HOME / name).read_text(encoding="utf-8", errors="replace"), room)
        room = max(room - len(found[name]), 0)
    return found


def _cut(text: str, room: int) -> str:
    """The text, or as much of it as there is room for and a hash of it all."""
    if len(text) <= room:
        return text
    return f"{text[:room]}\n... {len(text) - room} characters more; SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(HOME), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
