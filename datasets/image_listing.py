"""Images, class by class, and on which side they are."""

import re
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from datasets.class_names import Alike, Names
from datasets.holdout import Parting, parted
from datasets.image_files import Part, again, class_names, parts


class Listing(NamedTuple):
    """Image files, class by class in order of their names.

    Attributes:
        files: N paths.
        labels: the number of each one's class.
        numbers: each one's own number, by which label files may refer to it.
        groups: what each one is of, such as a patient; "" for each where there are no groups.
    """

    files: list[Path]
    labels: list[int]
    numbers: list[int]
    groups: list[str]

    def of(self, places: Sequence[int]) -> "Listing":
        """Some of them."""
        return Listing(*([each[i] for i in places] for each in self))  # type: ignore[arg-type]

    def where(self, kept: Sequence[bool]) -> "Listing":
        """Those that are kept."""
        return self.of(list(compress(range(len(kept)), kept)))

    def group(self) -> Tensor | None:
        """(N,) their groups, numbered."""
        number = {name: k for k, name in enumerate(sorted(set(self.groups)))}
        return torch.tensor([number[name] for name in self.groups]) if any(self.groups) else None


class Sides(NamedTuple):
    """Images for training and for testing.

    Attributes:
        every: those that are numbered together.
        train, test: the two sides.
        classes: K names.
        read: what was read, a line a source.
    """

    every: Listing
    train: Listing
    test: Listing
    classes: tuple[str, ...]
    read: list[str]


def sides(root: str, folder: Path, alike: Alike, how: Parting, group: str | None) -> Sides:
    """The images of a folder.

    Args:
        root: as the user wrote it, for messages.
        folder: where it is.
        alike: see class_names.py.
        how: which part is for testing, where there is no folder for it.
        group: see image_folder.
    Raises:
        ValueError: folders are not as they must be, or both parts have images of one group.
    """
    first, second, said = parts(folder)
    both = [first] if second is None else [first, second]
    known = class_names(root, both, alike)
    classes = tuple(sorted({known.name[name] for name in first.files}))
    every = _listing(first, known, classes, group)
    read = [*(part.read(known, classes) for part in both), *said]
    if second is None:
        places = parted(torch.tensor(every.labels), classes, how, every.group())
        train, test = (every.of(some.sort().values.tolist()) for some in places)
        groups = f" of {len(set(train.groups))} and {len(set(test.groups))} groups" if group else ""
        read.append(f"{len(train.files)} images are for training, {len(test.files)} for testing{groups}")
        read += again(every.files)
        return Sides(every, train, test, classes, read)
    if how.fold is not None:
        raise ValueError(f"{how.said}: goes without {second.folder}")
    if strange := sorted({known.name[name] for name in second.files} - set(classes)):
        raise ValueError(f"{second.folder} has the class {strange[0]}, which {first.folder} has not")
    test = _listing(second, known, classes, group)
    if group and (shared := sorted(set(every.groups) & set(test.groups))):
        raise ValueError(f"group={group}: {shared[0]} is in {first.folder} and in {second.folder}")
    return Sides(every, every, test, classes, [*read, *again([*every.files, *test.files])])


def _listing(part: Part, known: Names, classes: tuple[str, ...], group: str | None) -> Listing:
    """Class by class, and in each by name."""
    own: dict[str, list[tuple[Path, str]]] = {name: [] for name in classes}
    for name, found in part.files.items():
        own[known.name[name]] += [(file, _group(group, file.relative_to(part.folder / name))) for file in found]
    files = [file for found in own.values() for file, _ in sorted(found)]
    labels = [k for k, found in enumerate(own.values()) for _ in found]
    return Listing(files, labels, _numbers(files), [name for found in own.values() for _, name in sorted(found)])


def _group(group: str | None, path: Path) -> str:
    """The group of an image, from its path within its class."""
    if group is None:
        return ""
    if group == "folder":
        if path.parent == Path():
            raise ValueError(f"group=folder: {path} is in no folder within its class")
        return path.parent.as_posix()
    try:
        match = re.search(group, path.as_posix())
    except re.error as error:
        raise ValueError(f"group={group}: must be folder, or a regular expression ({error})") from error
    found = match and (match[1] if match.re.groups else match[0])
    if not found:
        raise ValueError(f"group={group}: has no match in {path}")
    return found


def _numbers(files: Sequence[Path]) -> list[int]:
    """The names of files as numbers, if they all are, and different; else their places."""
    names = [file.stem for file in files]
    if not all(name.isdecimal() for name in names) or len(set(map(int, names))) < len(names):
        return list(range(len(files)))
    return [int(name) for name in names]
