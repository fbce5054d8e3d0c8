"""What of Hydra itself a command line may change: how a grid is launched, and where other choices are found."""

from hydra._internal.sources_registry import SourcesRegistry  # which Hydra has in no public place
from hydra.core.override_parser.types import Override

from runner.console.errors import ConfigError

OPEN = (
    "hydra/launcher", "hydra.launcher", "hydra.searchpath", "hydra.sweep", "hydra.job.env_set", "hydra.job.env_copy",
    "hydra.verbose",
)  # fmt: skip


def check_hydra(override: Override) -> None:
    """Raise ConfigError for a key of Hydra's that is not OPEN: it would be passed over, or run what nobody checked; and
    for a folder of choices that is not there.
    """
    key, said = override.key_or_group, override.input_line
    if key.split("/")[0].split(".")[0] != "hydra":
        return
    if not any(key == own or key.startswith(f"{own}.") for own in OPEN):
        raise ConfigError(f"{said}: is not to be changed; of Hydra's keys these are: {', '.join(OPEN)}")
    if override.is_delete():
        raise ConfigError(f"{said}: cannot be deleted; {key}=... gives it a value")
    if "_target_" in str(said):
        raise ConfigError(f"{said}: names code of its own; launchers are chosen by hydra/launcher=name")
    if key == "hydra.searchpath":
        _check_folders(override)


def _check_folders(override: Override) -> None:
    folders = override.value()
    known = SourcesRegistry.instance().types
    for folder in map(str, folders) if isinstance(folders, list) else ():
        scheme = folder.partition("://")[0] if "://" in folder else "file"
        if scheme not in known:
            raise ConfigError(f"{override.input_line}: {scheme}:// is unknown; use file://folder or pkg://package")
        if not known[scheme](provider="searchpath", path=folder).available():
            raise ConfigError(
                f"{override.input_line}: there is no {'package' if scheme == 'pkg' else 'folder'} {folder}"
            )
