"""Images of several environments, a folder for each: the layout of DomainBed's data sets, such as PACS."""

from pathlib import Path
from typing import Annotated, Literal

import torch

from datasets.environments.left_out import fitted, leaving, left_out
from datasets.image_files import check_links, class_names, folders_in, part_of
from datasets.image_pixels import Look, pixels
from datasets.places import place
from datasets.split import Split, moments


def environment_folders(
    data_root: str,
    *,
    root: str,
    size: Annotated[int, "[1, inf)"],
    colour: Literal["rgb", "grey"],
    mean: list[Annotated[float, "[0, 1]"]] | None,
    std: list[Annotated[float, "(0, inf)"]] | None,
    alike: Literal["ask", "merge", "keep"],
    unreadable: Literal["refuse", "skip"],
    follow_links: bool,
    held_out: str | int | float,
    validated_on: str | int | float,
    oracle_share: Annotated[float, "(0, 1)"],
) -> Split:
    """Environments are the sorted names of the folders in `root`, classes those of the folders in these:
    root/<environment>/<class>/*.jpg. Images are read, decoded and kept as image_folder.py does; those that are used lie
    in memory.

    Args:
        data_root: where a relative `root` is looked for, if it is not in the working directory; and where the cache is.
        root: holds a folder for each environment.
        size, colour, alike, unreadable, follow_links: see image_folder.py.
        mean, std: of each channel; null computes them, of the environments that are trained on alone.
        held_out, validated_on, oracle_share: see left_out.py.
    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: fewer than two environments, classes or images; images cannot be read; a link leads out; or what
            left_out.py refuses.
    """
    folder = place(root, data_root, Path.is_dir)
    if folder is None:
        raise FileNotFoundError(f"root={root}: there is no such folder, here or in {data_root} (exec.data_root)")
    there = folders_in(folder)
    if len(there) < 2:
        raise ValueError(f"root={root}: has {len(there)} folders; must have two or more, one for each environment")
    found = {name: part_of(path, folders_in(path)) for name, path in there.items()}
    known = class_names(root, list(found.values()), alike)
    classes = sorted({known.name[name] for part in found.values() for name in part.files})
    listed = [
        (file, classes.index(known.name[name]), k)
        for k, part in enumerate(found.values())
        for name, files in part.files.items()
        for file in files
    ]
    files = [file for file, _, _ in listed]
    if not follow_links:
        check_links(folder, files)
    seen = pixels(folder, files, [], Look(size, colour, None, mean, std, unreadable), data_root)
    kept = torch.tensor(seen.kept)
    y, domain = (torch.tensor(numbers)[kept] for numbers in ([y for _, y, _ in listed], [e for _, _, e in listed]))
    read = (*(part.read(known, classes) for part in found.values()), *seen.said)
    whole = Split(
        seen.x, y, seen.x[:0], y[:0], tuple(classes), seen.mean, seen.std, domain=domain, read=read,
        source_index=kept.nonzero()[:, 0], source_size=len(files),
        source_names={i: file.relative_to(folder).as_posix() for i, file in enumerate(files)},
    )  # fmt: skip
    split = left_out(whole, list(found), leaving(held_out, validated_on, oracle_share))
    computed = moments(split.x[fitted(split)])
    return split._replace(
        mean=split.mean if mean is not None else computed[0], std=split.std if std is not None else computed[1]
    )
