"""What W&B's own environment variables say: exec.wandb where a key does not, and what has no place here is named."""

import os
from collections.abc import Iterator
from typing import Any

from omegaconf import OmegaConf

from runner.console.errors import ConfigError, nearest

MODES = ("online", "offline", "disabled")
OLD_MODES = {"": "offline", "dryrun": "offline", "run": "online"}  # what WANDB_MODE may say as well
OFF = ("true", "1", "yes", "on")  # what WANDB_DISABLED says, as transformers has it
PASSED_OVER = {  # and what is in their place
    "WANDB_DIR": "W&B's files are in store=",
    "WANDB_NAME": "a run is named by what was asked and its seed",
    "WANDB_JOB_TYPE": "a seed's run is of the job type train",
    "WANDB_RUN_ID": "every seed has a run of its own",
    "WANDB_RESUME": "every seed has a run of its own",
}


def mode() -> str:
    """exec.wandb.mode where it is not said. Raises ConfigError if WANDB_MODE is no mode."""
    said = os.environ.get("WANDB_MODE", "")
    if not said and os.environ.get("WANDB_DISABLED", "").lower() in OFF:
        return "disabled"
    found = OLD_MODES.get(said, said)
    if found not in MODES:
        raise ConfigError(f"WANDB_MODE={said}, in the environment: {nearest(said, (*MODES, *filter(None, OLD_MODES)))}")
    return found


def told(name: str, default: Any) -> Any:
    """What the variable WANDB_<name> says, in a list, parted by commas, where the default is one; else the default."""
    said = os.environ.get(f"WANDB_{name}", "")
    if not said:
        return default
    return said if default is None or isinstance(default, str) else [tag.strip() for tag in said.split(",")]


def passed_over(mode: str) -> Iterator[str]:
    """A line that names variables without a place here, where W&B records at all.

    Args:
        mode: of exec.wandb.
    """
    found = [name for name in PASSED_OVER if os.environ.get(name)]
    if found and mode != "disabled":
        why = "; ".join(dict.fromkeys(PASSED_OVER[name] for name in found))
        yield f"{', '.join(found)}, in the environment: passed over ({why})"


OmegaConf.register_new_resolver("wandb_mode", mode, replace=True)
OmegaConf.register_new_resolver("wandb", told, replace=True)
