"""Images that a table names, with their targets in its other columns: classes, numbers or several labels."""

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import compress
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import torch

from datasets.columns import words
from datasets.holdout import Parting
from datasets.image_files import again, check_links, endings
from datasets.image_pixels import Look, pixels
from datasets.places import place
from datasets.split import Split
from datasets.table import Sides, Table, halves, tables
from datasets.table_file import Form, need
from datasets.table_target import target_of


def image_table(
    data_root: str,
    *,
    root: str,
    source: str,
    file: str,
    target: str | list[str],
    task: Literal["classification", "regression", "multilabel"],
    size: Annotated[int, "[1, inf)"] | None,
    colour: Literal["rgb", "grey"],
    bits: Annotated[int, "[9, 16]"] | None,
    separator: Literal["comma", "semicolon", "tab", "bar"] | None,
    decimal: Literal["point", "comma"] | None,
    encoding: str | None,
    unlabelled: list[str] | None,
    alike: Literal["ask", "merge", "keep"],
    most_classes: Annotated[int, "[2, inf)"],
    test_size: Annotated[float, "(0, 1)"],
    test_source: str | None,
    group: str | None,
    order: str | None,
    fold: Annotated[int, "[0, inf)"] | Literal["seed"] | None,
    folds: Annotated[int, "[2, inf)"],
    mean: list[Annotated[float, "[0, 1]"]] | None,
    std: list[Annotated[float, "(0, inf)"]] | None,
    unreadable: Literal["refuse", "skip"],
    follow_links: bool,
) -> Split:
    """Images are decoded as image_folder does it, and targets are read as tabular does it. An example's number (for
    label files) is its row in the source, from 0, and its name is the image's path within `root`.

    Args:
        data_root: where a relative `root` or table is looked for, if it is not in the working directory.
        root: the folder of the images, which may be in folders within.
        source: the table, one row an image; a file as of tabular.
        file: the column of each image's path within `root`, such as day1/003.png.
        target, task: as of tabular.
        size, colour, bits, mean, std, unreadable, follow_links: as of image_folder.
        separator, decimal, encoding, unlabelled, alike, most_classes: as of tabular.
        test_size: share of the examples for testing, stratified by class alone; see holdout.py.
        test_source: a table of test images in `root` with the same columns instead.
        group, order: a column of the table; as of tabular.
        fold, folds: as of tabular.
    Raises:
        FileNotFoundError: there is no such folder or table.
        ValueError: a row names no image, or one that another row names; or what image_folder and tabular refuse.
    """
    folder = place(root, data_root, Path.is_dir)
    if folder is None:
        raise FileNotFoundError(f"root={root}: there is no such folder, here or in {data_root} (exec.data_root)")
    wanted = target_of(target, unlabelled, alike, most_classes, task, source=source, decimal=decimal)
    found = tables(data_root, source, test_source, wanted, Form(separator, encoding))
    if file in wanted.columns:
        raise ValueError(f"file={file}: is the target")
    _check_files(found, [source, test_source or ""], file, folder)
    sides = Sides(Parting(test_size, fold, folds), group, order, decimal)
    train, test, parts = halves(found, source, test_source, wanted.columns, sides)
    files, test_files = (_files(each, file, folder) for each in (train, test))
    if not follow_links:
        check_links(folder, [*files, *test_files])
    seen = pixels(folder, files, test_files, Look(size, colour, bits, mean, std, unreadable), data_root)
    train, test = (
        each.of(torch.tensor([*compress(range(len(kept)), kept)], dtype=torch.int64))
        for each, kept in ((train, seen.kept), (test, seen.test_kept))
    )
    said = [found[0].read, found[1].read if test_source else parts, *again([*files, *test_files]), *seen.said]
    return Split(
        seen.x, train.y, seen.test_x, test.y, train.classes, seen.mean, seen.std, source_index=train.place,
        source_size=train.size, source_names=dict(zip(train.place.tolist(), _names(train, file), strict=True)),
        group=train.group, order=train.order, read=tuple(said), task=task,
    )  # fmt: skip


def _names(table: Table, file: str) -> list[str]:
    """The paths of the images of a table within their folder."""
    return [PurePosixPath(name.replace("\\", "/")).as_posix() for name in words(table.rows[file])]


def _files(table: Table, file: str, folder: Path) -> list[Path]:
    return [folder / name for name in _names(table, file)]


def _check_files(found: Sequence[Table], sources: Sequence[str], file: str, folder: Path) -> None:
    """That each row of all tables names an image of the folder, and no two of them the same one."""
    first: dict[str, str] = {}
    for table, source in zip(found, sources, strict=False):
        need(table.rows, source, "file", [file])
        names = _names(table, file)
        rows = [f"row {number} of {source}" for number in table.place.tolist()]
        for name, row in zip(names, rows, strict=True):
            if (before := first.setdefault(name, row)) != row:
                raise ValueError(f"file={file}: {row} names {name}, as {before} does")
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or path.suffix.lower() not in endings():
                raise ValueError(f"file={file}: {row} names {name!r}; must be an image's path within {folder}")
        gone = [i for i, name in enumerate(names) if not (folder / name).is_file()]
        if gone:
            hint = _near(folder, names[gone[0]])
            raise ValueError(
                f"file={file}: {rows[gone[0]]} names {names[gone[0]]}, which is not in {folder}, the first of "
                f"{len(gone)} such rows{hint}"
            )


def _near(folder: Path, name: str) -> str:
    """What may be meant: a file of this name in a folder within, or of another one."""
    there = {path.relative_to(folder).as_posix(): path.name for path in sorted(folder.rglob("*")) if path.is_file()}
    own: Any = [path for path, last in there.items() if last == PurePosixPath(name).name]
    own = own or get_close_matches(name, there, n=1)
    return f"; did you mean {own[0]}?" if own else ""
