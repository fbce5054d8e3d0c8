"""What a result was made with: code, versions, machine."""

import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "hydra-core", "omegaconf", "wandb")
HOME = Path(__file__).resolve().parents[1]


@cache
def provenance() -> dict[str, Any]:
    """Commit and uncommitted changes of this code (null where it is not in a git repository), versions, machine."""
    import torch

    return {
        "commit": _git("rev-parse", "HEAD"),
        "diff": _git("diff", "HEAD", "--", "*.py", "*.yaml"),
        "python": sys.version.split()[0],
        "packages": {name: version(name) for name in PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(HOME), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
