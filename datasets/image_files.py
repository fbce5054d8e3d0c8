"""Which files of a folder are images of which class; and what else is in it."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from os.path import realpath
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from datasets.class_names import Alike, Names, counted, names

FORMATS = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP", "GIF")  # of no other, such as EPS, which runs a program
TRAIN = ("train", "training", "trn")
TEST = ("test", "testing", "tst", "val", "valid", "validation", "dev", "eval")  # the first that is there
SHADOWS = ("__MACOSX",)  # folders that a Mac puts beside what it packs


class Part(NamedTuple):
    """The images of a folder with a folder for each class.

    Attributes:
        folder: where it is.
        files: {folder of a class: its images, in order}.
        left: {why: how many files were left out}.
    """

    folder: Path
    files: Mapping[str, Sequence[Path]]
    left: Mapping[str, int]

    def read(self, known: Names, classes: Sequence[str]) -> str:
        """What was read, in a line."""
        counts: Counter[str] = Counter()
        for name, files in self.files.items():
            counts[known.name[name]] += len(files)
        left = ", ".join(f"{count} {why}" for why, count in self.left.items())
        parts = [
            f"{self.folder}: {counts.total()} images of {counted({name: counts[name] for name in classes})}",
            known.merged,
            f"left out: {left}" if left else "",
        ]
        return "; ".join(filter(None, parts))


def parts(folder: Path) -> tuple[Part, Part | None, list[str]]:
    """The training part, the test part if there is one, and what is said of folders that are neither.

    Raises:
        ValueError: there are no images, fewer than two classes, two folders for one part, a training part without a
            test part, or classes that are called like parts.
    """
    there = folders_in(folder)
    found = {name: [path for path in there.values() if path.name.casefold() == name] for name in (*TRAIN, *TEST)}
    train, test = ([path for name in usual for path in found[name]] for usual in (TRAIN, TEST))
    if several := next((paths for paths in (*found.values(), train) if len(paths) > 1), None):
        raise ValueError(f"{folder} has both {several[0].name}/ and {several[1].name}/")
    if not train:
        if test:
            raise ValueError(
                f"{folder} has {test[0].name}/ but none of {', '.join(TRAIN)}: a part for testing, or a class of that "
                "name? rename it"
            )
        return part_of(folder, there), None, []
    if not test:
        raise ValueError(f"{folder} has {train[0].name}/ but none of {', '.join(TEST)}")
    beside = [path for path in there.values() if path not in (train[0], test[0])]
    said = [
        f"{path}: left out, for {f'{test[0].name}/ is for testing' if path in test else 'it is no part'}"
        for path in beside
    ]
    first, second = (part_of(path, folders_in(path)) for path in (train[0], test[0]))
    return first, second, said


def class_names(root: str, found: Sequence[Part], alike: Alike) -> Names:
    """The classes that the folders of all parts name; see class_names.py."""
    folders = [name for part in found for name, files in part.files.items() for _ in range(max(len(files), 1))]
    return names(folders, alike, f"root={root}")


def folders_in(folder: Path) -> dict[str, Path]:
    """Those in it that are not hidden, by name."""
    return {path.name: path for path in sorted(folder.iterdir()) if path.is_dir() and not _hidden(path.name)}


def part_of(folder: Path, classes: Mapping[str, Path]) -> Part:
    """The images of a folder in the folders of its classes.

    Raises:
        ValueError: there are none, or fewer than two classes.
    """
    if not any(folder.iterdir()):
        raise ValueError(f"{folder} is empty")
    if len(classes) < 2:
        raise ValueError(f"{folder} has {len(classes)} class folder{'s' * (len(classes) != 1)}; must be two or more")
    left: Counter[str] = Counter()
    files = {name: sorted(_images(path, left)) for name, path in classes.items()}
    if stray := sum(path.is_file() for path in folder.iterdir()):
        left["in no class folder"] += stray
    if not any(files.values()):
        raise ValueError(f"{folder} has no images ({', '.join(endings())}) in its class folders")
    return Part(folder, files, dict(sorted(left.items())))


def _images(folder: Path, left: Counter[str]) -> Iterator[Path]:
    """The images in a folder and in all folders within, links included, each once; `left` counts the other files."""
    seen: set[str] = set()
    pending = [folder]
    while pending:  # what is linked comes after what is there
        for place, folders, files in os.walk(pending.pop(0)):
            if realpath(place) in seen:
                folders.clear()
                continue
            seen.add(realpath(place))
            hidden = [name for name in folders if _hidden(name)]
            count = sum(len(within) for name in hidden for _, _, within in os.walk(Path(place, name)))
            left.update({"hidden": count} if count else {})
            folders[:] = sorted(set(folders) - set(hidden))
            pending += [Path(place, name) for name in folders if Path(place, name).is_symlink()]
            yield from _chosen(Path(place), files, left)


def _chosen(folder: Path, names: Sequence[str], left: Counter[str]) -> Iterator[Path]:
    for name in names:
        path = folder / name
        if _hidden(name):
            left["hidden"] += 1
        elif path.suffix.lower() not in endings():
            left[path.suffix.lower() or "without an ending"] += 1
        elif path.is_file() or not path.exists():  # a link to nothing is said to be unreadable
            yield path


@cache
def endings() -> list[str]:
    """Of the names of files that are opened, as Pillow knows them."""
    return sorted(ending for ending, kind in Image.registered_extensions().items() if kind in FORMATS)


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in SHADOWS


def check_links(folder: Path, files: Sequence[Path]) -> None:
    """Raise ValueError where a file, or a folder on the way to it, is a link that leads out of the folder."""
    home = folder.resolve()
    within = {parent for file in files for parent in file.parents if folder in parent.parents}
    for path in (*sorted(within), *files):
        if path.is_symlink() and not Path(realpath(path)).is_relative_to(home):
            raise ValueError(f"{path} is a link that leads out of {folder}; dataset.follow_links=true follows it")


def again(files: Sequence[Path]) -> list[str]:
    """A line on files that are others once more, by links to them or to their folders; none if none are."""
    folders = {folder: realpath(folder) for folder in {file.parent for file in files}}
    first: dict[str, Path] = {}
    twice = []
    for file in files:
        real = realpath(file) if file.is_symlink() else str(Path(folders[file.parent], file.name))
        if first.setdefault(real, file) is not file:
            twice.append((file, first[real]))
    if not twice:
        return []
    count = f"{len(twice)} image{'s are others' if len(twice) > 1 else ' is another'} once more, by links"
    return [f"{count}: {twice[0][0]} is {twice[0][1]}"]
