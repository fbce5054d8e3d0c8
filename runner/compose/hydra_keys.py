"""What of Hydra itself a command line may change: how a grid is launched, and where other choices are found."""

from hydra.core.override_parser.types import Override

from runner.console.errors import ConfigError

OPEN = (
    "hydra/launcher", "hydra.launcher", "hydra.searchpath", "hydra.sweep", "hydra.job.env_set", "hydra.job.env_copy",
    "hydra.verbose",
)  # fmt: skip


def check_hydra(override: Override) -> None:
    """Raise ConfigError for a key of Hydra's that is not OPEN: it would be passed over, or run what nobody checked."""
    key, said = override.key_or_group, override.input_line
    if key.split("/")[0].split(".")[0] != "hydra":
        return
    if not any(key == own or key.startswith(f"{own}.") for own in OPEN):
        raise ConfigError(f"{said}: is not to be changed; of Hydra's keys these are: {', '.join(OPEN)}")
    if override.is_delete():
        raise ConfigError(f"{said}: cannot be deleted; {key}=... gives it a value")
    if "_target_" in str(said):
        raise ConfigError(f"{said}: names code of its own; launchers are chosen by hydra/launcher=name")
