"""Cells of a store, and packed results, that an earlier version named: by where the code of their parts lay.

A cell is written anew under the name that it has now; its large files are the same ones, linked. The old one is moved
to `<root>/before/`, whence it can be put back.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from runner.compose.identity import OLDER, PART, digest, part_like
from runner.console.errors import ConfigError
from runner.store.cell import SEED
from runner.store.files import make_folder, read, remove, replace
from runner.store.packed import keep_lines, kept_lines
from runner.store.seal import DamagedError, sealed, sealed_yaml, unsealed, unsealed_yaml
from runner.store.store import Store

BEFORE = "before"  # where in a store old cells and what spoke of them are kept
NAMES = "names.json"  # in there: {old name: new name}
COPY = ".before"  # ends the name of a packed file as it was


class Renaming:
    """The names of old cells, by what they were asked.

    Args:
        questions: {old name: what was asked, parts by where their code lay}.
    """

    def __init__(self, questions: Mapping[str, Mapping[str, Any]]):
        self.questions = {old: asked for old, asked in questions.items() if old_name(asked) == old}
        self.names = {old: digest(self.question(old)) for old in self.questions}

    def question(self, old: str) -> dict[str, Any]:
        """What an old cell was asked, as it is asked now: other cells that it begins with are renamed, too."""
        return dict(_renamed(self.questions[old], "", lambda name: digest(self.question(name)), self.questions))

    def text(self, said: str) -> str:
        """A text that may speak of cells."""
        return OLDER.sub(lambda found: self.names.get(found[0], found[0]), said)


def old_name(question: Mapping[str, Any]) -> str:
    """The name of a cell as it was."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]


def _renamed(value: Any, group: str, name_of: Callable[[str], str], known: Mapping[str, Any]) -> Any:
    """A value of a question, with parts and cells named as now; `group` is of the choice that it is in."""
    if isinstance(value, Mapping):
        return {
            (PART if key == "_target_" else key): part_like(each, group)
            if key == "_target_"
            else _renamed(each, group or key, name_of, known)
            for key, each in value.items()
        }
    return name_of(value) if isinstance(value, str) and value in known else value


def rename_packed(file: Path) -> int:
    """Rename the results of a packed file, which is kept beside as it was; how many there were to rename.

    Raises:
        ConfigError: the file is damaged, or was renamed before.
    """
    try:
        lines = [kept for _, kept in kept_lines(file)]
    except DamagedError as error:
        raise ConfigError(f"{file}: {error}") from error
    its = Renaming({str(kept.get("cell")): kept["question"] for kept in lines if "question" in kept})
    if not its.names:
        return 0
    _keep_copy(file)
    keep_lines(file, [_line(kept, its) for kept in lines])
    return len(its.names)


def _line(kept: Mapping[str, Any], its: Renaming) -> dict[str, Any]:
    if kept.get("cell") not in its.names:
        return dict(kept)
    now = {
        "cell": its.names[kept["cell"]],
        "question": its.question(kept["cell"]),
        "command": its.text(kept["command"]),
    }
    return dict(kept) | now


def _keep_copy(file: Path) -> None:
    copy = file.with_name(file.name + COPY)
    if copy.exists():
        raise ConfigError(f"{copy}: is in the way; what was renamed before can be put back, or {copy.name} removed")
    shutil.copy2(file, copy)


def restore_packed(file: Path) -> bool:
    """Put a packed file back as it was; was there one?"""
    copy = file.with_name(file.name + COPY)
    if copy.exists():
        copy.replace(file)
        return True
    return False


def rename_store(store: Store) -> Iterator[str]:
    """Rename all that is old in a store; what was done, a line each. Stopped in the middle, it goes on the next time.

    Raises:
        ConfigError: a process is at work on an old cell, or the store cannot be written to.
    """
    folders = {path.name: path for path in sorted(_old(store.root / "cells"))}
    if not (folders or any(_old(store.root / "tune")) or _old_sweeps(store.root)):
        yield f"{store.root}: nothing to do"
        return
    for path in folders.values():
        if any(store.named(path.name).seed(int(seed[1])).held for seed in _seeds(path)):
            raise ConfigError(f"{path}: a process is at work on it; nothing was renamed")
    kept, damaged = {}, {}
    for name, path in folders.items():
        try:
            kept[name] = unsealed_yaml(read(path / "config.yaml"))
        except DamagedError as error:
            damaged[name] = f"config.yaml {error}"
    its = Renaming({name: config["question"] for name, config in kept.items()})
    damaged |= dict.fromkeys(kept.keys() - its.names.keys(), "config.yaml is not what was written")
    before = store.root / BEFORE
    make_folder(before)
    replace(before / NAMES, json.dumps(_known(before) | its.names, indent=1))
    for old, new in its.names.items():
        yield from _rename(folders[old], store.root / "cells" / new, kept[old] | {"question": its.question(old)}, its)
    for old, why in damaged.items():
        yield f"{folders[old]}: {why}; it is set aside, and trained anew when it is asked for"
    for path in folders.values():
        _move(path, before / "cells")
    yield from _rename_sweeps(store, its)
    yield from _set_aside_trials(store.root)
    yield f"{store.root}: {len(its.names)} cells are renamed; the old ones are in {before} until you remove it"


def _rename(old: Path, new: Path, config: Mapping[str, Any], its: Renaming) -> Iterator[str]:
    """Write a cell anew under its new name: seeds that are not there yet, and what it was asked last."""
    make_folder(new)
    for seed in _seeds(old):
        if (new / seed[0] / "status.json").exists():
            continue
        try:
            status = unsealed(read(old / seed[0] / "status.json"))
        except DamagedError as error:
            yield f"{old / seed[0]}: status.json {error}; it is trained anew when it is asked for"
            continue
        make_folder(new / seed[0])
        for file in (old / seed[0]).iterdir():
            if file.is_file() and file.name != "status.json" and not file.name.startswith((".", "lease-")):
                _link(file, new / seed[0] / file.name)
        said = {key: value for key, value in status.items() if key != "checksum"}
        said |= {"cell": new.name} | ({"command": its.text(said["command"])} if "command" in said else {})
        replace(new / seed[0] / "status.json", sealed(said, indent=1))
    if not (new / "config.yaml").exists():
        replace(new / "config.yaml", sealed_yaml({key: config[key] for key in ("choices", "data_sha256", "question")}))


def _rename_sweeps(store: Store, its: Renaming) -> Iterator[str]:
    """What was planned, by the new names; of cells that were never begun the new name is not known."""
    names = _known(store.root / BEFORE)
    for file in _old_sweeps(store.root):
        with suppress(DamagedError, ValueError, KeyError, TypeError):
            planned = json.loads(read(file))
            cells = [cell | {"cell": names[cell["cell"]]} for cell in planned["cells"] if cell["cell"] in names]
            if lost := len(planned["cells"]) - len(cells):
                yield f"{lost} planned cells were never begun; to plan them again: {planned['command']}"
            if cells:
                store.keep_sweep(planned["command"], cells)
        _move(file, store.root / BEFORE / "sweeps")


def _set_aside_trials(root: Path) -> Iterator[str]:
    journals = sorted(_old(root / "tune"))
    for folder in journals:
        _move(folder, root / BEFORE / "tune")
    if journals:
        yield f"{len(journals)} journals of trials are set aside: tuning again takes its trials from the cells"


def restore_store(root: Path) -> Iterator[str]:
    """Put old cells back where they were; new ones are removed, but for those that have seeds of their own by now."""
    before = root / BEFORE
    for old in sorted(_old(before / "cells")):
        new = root / "cells" / _known(before).get(old.name, "-")
        own = {seed[0] for seed in _seeds(new)} - {seed[0] for seed in _seeds(old)}
        if own:
            yield f"{new}: stays, as {', '.join(sorted(own))} came since"
        else:
            remove(new)
        _move(old, root / "cells")
    for file in sorted((root / "sweeps").glob("*.json")):
        remove(file)
    for kind in ("sweeps", "tune"):
        for path in sorted((before / kind).glob("*")):
            _move(path, root / kind)
    remove(before)
    yield f"{root}: cells have their old names again"


def _old_sweeps(root: Path) -> list[Path]:
    return [file for file in sorted((root / "sweeps").glob("*.json")) if OLDER.fullmatch(file.stem)]


def _old(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*") if OLDER.fullmatch(path.name))


def _seeds(cell: Path) -> list[re.Match[str]]:
    return [found for path in sorted(cell.glob("seed=*")) if (found := SEED.fullmatch(path.name)) and path.is_dir()]


def _known(before: Path) -> dict[str, str]:
    try:
        return dict(json.loads(read(before / NAMES)))
    except (DamagedError, ValueError):
        return {}


def _link(file: Path, to: Path) -> None:
    """The same file under another name, or a copy where the file system has no links."""
    to.unlink(missing_ok=True)
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)


def _move(path: Path, folder: Path) -> None:
    make_folder(folder)
    remove(folder / path.name)
    path.rename(folder / path.name)
