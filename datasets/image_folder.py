"""Images in class folders: decoded once into a file that is then mapped into memory."""

from pathlib import Path
from typing import Annotated, Literal

import torch

from datasets.holdout import Parting
from datasets.image_files import check_links
from datasets.image_listing import sides
from datasets.image_pixels import Look, pixels
from datasets.places import place
from datasets.split import Split


def image_folder(
    data_root: str,
    *,
    root: str,
    size: Annotated[int, "[1, inf)"] | None,
    colour: Literal["rgb", "grey"],
    bits: Annotated[int, "[9, 16]"] | None,
    test_size: Annotated[float, "(0, 1)"],
    group: str | None,
    fold: Annotated[int, "[0, inf)"] | Literal["seed"] | None,
    folds: Annotated[int, "[2, inf)"],
    mean: list[Annotated[float, "[0, 1]"]] | None,
    std: list[Annotated[float, "(0, inf)"]] | None,
    alike: Literal["ask", "merge", "keep"],
    unreadable: Literal["refuse", "skip"],
    follow_links: bool,
) -> Split:
    """Classes are the sorted names of the folders, as torchvision's ImageFolder has them.

    All images are decoded once, and kept as bytes (N, C, size, size) in one file under data_root/cache, named by what
    the folder holds; later runs map it into memory, so that only what is read takes room (exec.stream=true never
    holds more than some batches). They are turned as their EXIF orientation says. Alpha is dropped, as in torchvision's
    ImageFolder, so transparent pixels show the colour beneath; 16 bits a channel are scaled to 8; of a moving image
    the first frame is taken.

    Label files may call an image by its path within `root`, such as circle/003.png, or by number: that of its file's
    name where all names, of train/ or else of the whole folder, are different whole numbers, as in an exported CIFAR;
    otherwise its place from 0 in the listing, class by class, of train/ or of the whole folder.

    Args:
        data_root: where a relative `root` is looked for, if it is not in the working directory; and where the cache is.
        root: holds train/<class>/ and test/<class>/ (or val/<class>/), or <class>/ alone; names of parts in any case.
            Folders within are searched, those that are links too.
        size: images are scaled so that they just cover size x size, and cropped in the middle; null takes them as
            they are, if they all have one size.
        colour: "rgb" has three channels, "grey" one.
        bits: of images with 16 bits a channel, how many are used; null is 16, and refuses images that use 12 or fewer.
        test_size: share of each class for testing where there is no test folder: stratified, and the same for every
            seed, see holdout.py.
        group: a regular expression of which each image's path within its class has a match: all images of one match (or
            of its first group in brackets) are on one side, in holding out too. "folder" is the folder that an image
            is in.
        fold: which of `folds` parts is for testing, instead of test_size; fold + folds is of another division. "seed":
            each seed has its own.
        folds: how many parts.
        mean: of each channel, subtracted, in units of white = 1; null computes it.
        std: of each channel, divided by then; null computes it.
        alike: what classes are that differ in case alone: ask, merge or keep.
        unreadable: what becomes of images that cannot be read: "refuse" names the first one, "skip" counts them.
        follow_links: may symbolic links lead out of `root`?
    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: there are no classes or images in it, folders are called like parts, images cannot be read, sizes
            differ, or a link leads out.
    """
    folder = place(root, data_root, Path.is_dir)
    if folder is None:
        raise FileNotFoundError(f"root={root}: there is no such folder, here or in {data_root} (exec.data_root)")
    every, train, test, classes, said = sides(root, folder, alike, Parting(test_size, fold, folds), group)
    if not follow_links:
        check_links(folder, [*train.files, *test.files])
    look = Look(size, colour, bits, mean, std, unreadable)
    seen = pixels(folder, train.files, test.files, look, data_root)
    train, test = train.where(seen.kept), test.where(seen.test_kept)
    names = (file.relative_to(folder).as_posix() for file in train.files)
    return Split(
        seen.x,
        torch.tensor(train.labels),
        seen.test_x,
        torch.tensor(test.labels),
        classes,
        seen.mean,
        seen.std,
        source_index=torch.tensor(train.numbers),
        source_size=len(every.files) if every.numbers == list(range(len(every.files))) else None,
        source_names=dict(zip(train.numbers, names, strict=True)),
        group=train.group(),
        read=(*said, *seen.said),
    )
