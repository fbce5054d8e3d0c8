"""What a result was made with: code, versions, machine."""

import glob
import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runner.nodes.parts import HOME, loaded

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "hydra-core", "omegaconf", "wandb")
CODE = ("conf/*.yaml", "datasets/*.py", "hydra_plugins/*.py", "losses/*.py", "runner/*.py")
LIMIT = 100_000  # characters of changes, and of new files, that are kept: every seed has them


def provenance(choices: Mapping[str, str]) -> dict[str, Any]:
    """Commit, changes and new files of the code, versions and system; null where the code is in no git repository.

    Of changes and of new files there is the text only where the run uses them: code that this process has imported, and
    YAMLs that its configuration was composed of. Of the others there is a hash: they may be anybody's, and anything.

    Args:
        choices: {"loss": "gce", "loss.base": "ce", ...}, what was chosen for each group.
    """
    return _of(tuple(sorted((loaded() | _composed(choices)).items())))


def _composed(choices: Mapping[str, str]) -> dict[str, Path]:
    """The YAMLs of our conf/ that a configuration with these choices is composed of."""
    found = {"conf/config.yaml": HOME / "conf" / "config.yaml"}
    for place, choice in choices.items():
        for name in choice.split("+"):
            own = HOME / "conf" / place.partition(".")[0] / f"{name}.yaml"
            for file in [own] if own.is_file() else (HOME / "conf").glob(f"*/{glob.escape(name)}.yaml"):
                found[f"conf/{file.parent.name}/{file.name}"] = file
    return found


@cache
def _of(used: tuple[tuple[str, Path], ...]) -> dict[str, Any]:
    names = [str(file.relative_to(HOME)) for _, file in used if file.is_relative_to(HOME)]
    tracked = _listed("ls-files", "-z", "--", *names) or None  # a repository that knows none of them is not ours
    known = names if tracked is None else tracked
    new = {name: file for name, file in used if str(file).removeprefix(f"{HOME}/") not in known}
    diff = tracked and _git("diff", "HEAD", "--no-ext-diff", "--no-textconv", "--", *tracked)
    return {
        "commit": tracked and _git("rev-parse", "HEAD"),
        "diff": diff and _cut(diff, LIMIT),
        "untracked": _texts(new),
        "hashes": tracked and _hashes(),
        "python": sys.version.split()[0],
        "packages": {name: _version(name) for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
    }


def _hashes() -> dict[str, str]:
    """{file: its SHA-256} of code that is not as the commit has it, whether or not the run uses it."""
    changed = _listed("diff", "HEAD", "--name-only", "--relative", "-z", "--", *CODE) or []
    new = _listed("ls-files", "--others", "--exclude-standard", "-z", "--", *CODE) or []
    files = {name: HOME / name for name in (*changed, *new)}
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items() if file.is_file()}


def _texts(files: Mapping[str, Path]) -> dict[str, str]:
    """{name: the text of its file}, as far as there is room."""
    found, room = {}, LIMIT
    for name, file in files.items():
        found[name] = _cut(file.read_text(encoding="utf-8", errors="replace"), room)
        room = max(room - len(found[name]), 0)
    return found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # W&B, which is a mirror, need not be there
        return None


def _cut(text: str, room: int) -> str:
    """The text, or as much of it as there is room for and a hash of it all."""
    if len(text) <= room:
        return text
    return f"{text[:room]}\n... {len(text) - room} characters more; SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"


def _listed(*arguments: str) -> list[str] | None:
    """File names that git ends with NUL; None where there is no repository."""
    said = _git(*arguments)
    return None if said is None else list(filter(None, said.split("\0")))


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(HOME), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
