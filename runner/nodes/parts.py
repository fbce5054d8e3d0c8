"""Which code a configuration may name as a part, and where it lies. Nothing is imported to find out.

A group accepts what its YAMLs in conf/ name, the optimizer also torch's own, and whatever lies in packages or modules
that the user names in exec.own.
"""

import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from runner.console.errors import ConfigError, nearest

HOME = Path(__file__).resolve().parents[2]
OURS = ("datasets", "losses", "runner")
TORCH = "torch.optim"
APART = (  # of torch's optimizers, those that treat each number by itself, and so keep the seeds of a stack apart
    "adadelta.Adadelta", "adagrad.Adagrad", "adam.Adam", "adamax.Adamax", "adamw.AdamW", "asgd.ASGD", "nadam.NAdam",
    "radam.RAdam", "rmsprop.RMSprop", "rprop.Rprop", "sgd.SGD",
)  # fmt: skip
TORCHS = frozenset(f"{TORCH}.{name}" for name in APART)
TAKEN = {*OURS, "bench", "conf", "hydra_plugins", "torch"}  # which no package of the user's can be called
TARGET = re.compile(r"^ *_target_: *([\w.]+)", re.MULTILINE)

_own: set[str] = set()  # what this process has been told of; see admit


def admit(packages: Iterable[str]) -> None:
    """Let this process take parts from packages or modules of the user's: in the working directory, or installed.

    Raises:
        ConfigError: one is not the name of a package, is ours or Python's, or is not there.
    """
    for package in packages:
        top = package.partition(".")[0]
        if not _dotted(package):
            raise ConfigError(f"exec.own={package}: must be names of packages or modules, such as [mylosses]")
        if top in TAKEN or top in sys.stdlib_module_names:
            raise ConfigError(f"exec.own={package}: {top} is not a package of your own")
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.append(here)  # the installed program does not look there by itself
        if find_spec(top) is None:
            raise ConfigError(f"exec.own={package}: there is no {top} in {here}, and none is installed")
        _own.add(package)


def offered(group: str, target: str) -> None:
    """Raise ConfigError unless a group accepts a target."""
    if _is_own(target) or target in _named(group) or (group == "optimizer" and target in TORCHS):
        return
    choices = _named(group) | (TORCHS if group == "optimizer" else set())
    where = f"conf/{group}/ or a package of exec.own"
    raise ConfigError(f"{target}: is no {group} that {where} has; {nearest(target, choices)}")


def source(target: str) -> tuple[Path, str]:
    """The file of a target, and its name in there.

    Raises:
        ConfigError: it is no dotted name, is neither in our packages, torch.optim nor one of exec.own, or has no file.
    """
    if not isinstance(target, str) or not _dotted(target) or "." not in target:
        raise ConfigError(f"{target}: must be the dotted name of a class or function, such as losses.ce.CE")
    return _source(target, frozenset(_own), (str(Path.cwd()), *sys.path))


@cache
def _source(target: str, own: frozenset[str], places: tuple[str, ...]) -> tuple[Path, str]:
    """As `source`, once for all cells of a grid: of one set of own packages, and of places where packages are."""
    module, _, name = target.rpartition(".")
    home = _home(target, module)
    wanted = home.joinpath(*module.split(".")[1:])
    files = [wanted.with_name(f"{wanted.name}.py"), *([wanted / "__init__.py"] if _is_own(target) else [])]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        named = f"; {nearest(target, TORCHS)}" if module == TORCH else ""
        raise ConfigError(f"{target}: there is no file {module.replace('.', '/')}.py{named}")
    if "." in module and not _real(file).is_relative_to(_real(home)):
        raise ConfigError(f"{target}: {module.replace('.', '/')}.py is a link that leads out of {home.name}")
    return file, name


def part_of(target: str) -> str:
    """How results name a target: "loss/GCE", "optimizer/SGD"; one of the user's own packages by its dotted name.

    Raises:
        ConfigError: it is none of ours or of the user's.
    """
    if _is_own(target):
        return target
    name = target.rpartition(".")[2]
    if target.startswith(f"{TORCH}."):
        return f"optimizer/{name}"
    found = next((part for part, its in parts().items() if its == target), None)
    if found is None:
        raise ConfigError(f"{target}: is no part that conf/ has")
    return found


def target_of(part: str) -> str:
    """The reverse of `part_of`. Raises ConfigError for a part that is not there, or no more."""
    if "/" not in part:
        return part
    known = parts()
    if part not in known and part.startswith("optimizer/"):
        known = known | {f"optimizer/{target.rpartition('.')[2]}": target for target in TORCHS}
    if part not in known:
        raise ConfigError(f"{part}: there is no such part; {nearest(part, known)}")
    return known[part]


@cache
def parts() -> dict[str, str]:
    """{"loss/GCE": its target, ...} of all YAMLs of conf/."""
    groups = sorted(folder.name for folder in (HOME / "conf").iterdir() if folder.is_dir())
    return {f"{group}/{target.rpartition('.')[2]}": target for group in groups for target in sorted(_named(group))}


def loaded() -> dict[str, Path]:
    """{name: file} of all that this process has imported of our packages and of the user's: "losses/ce.py"."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and (name.partition(".")[0] in (*OURS, "hydra_plugins") or _is_own(f"{name}.")):
            init = "/__init__" if Path(file).name == "__init__.py" else ""
            found[f"{name.replace('.', '/')}{init}.py"] = _real(Path(file))
    return found


def is_ours(target: str) -> bool:
    """Is it of our packages, or of one of the user's?"""
    return target.partition(".")[0] in OURS or _is_own(target)


def _home(target: str, module: str) -> Path:
    """The folder of the package that a module belongs to, or where a module without one would have its folder."""
    top = module.partition(".")[0]
    ours = top in OURS and "." in module
    if not ours and not target.startswith(f"{TORCH}.") and not _is_own(target):
        raise ConfigError(f"{target}: must be a class or function in {', '.join(OURS)}, {TORCH} or one of exec.own")
    spec = find_spec(top)
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    if ours and HOME / top not in map(_real, places):
        raise ConfigError(f"{target}: another package called {top} hides ours; start from another folder than {places}")
    if places:
        return places[0]
    if spec is None or spec.origin is None:
        raise ConfigError(f"{target}: there is no package {top}")
    return Path(spec.origin).with_suffix("")


@cache
def _real(path: Path) -> Path:
    """Where links lead to; each is followed once a process."""
    return path.resolve()


def _dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _is_own(target: str) -> bool:
    return target.startswith(tuple(f"{package}." for package in _own))


@cache
def _named(group: str) -> frozenset[str]:
    """The targets of a group's YAMLs."""
    files = (HOME / "conf" / group).glob("*.yaml")
    return frozenset(target for file in files for target in TARGET.findall(file.read_text(encoding="utf-8")))
