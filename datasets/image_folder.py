"""Images in class folders: decoded once into a file that is then mapped into memory."""

from collections.abc import Sequence
from os.path import realpath
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import torch

from datasets.holdout import holdout
from datasets.image_cache import cached, look_at
from datasets.places import place
from datasets.split import Split, moments

SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".webp")
TEST = ("test", "val", "valid", "validation")  # folders that are taken for test images, the first that is there


class Listing(NamedTuple):
    """Image files, class by class in order of their names.

    Attributes:
        files: N paths.
        labels: the number of each one's class.
        numbers: each one's own number, by which label files may refer to it.
    """

    files: list[Path]
    labels: list[int]
    numbers: list[int]

    def of(self, places: Sequence[int]) -> "Listing":
        files, labels, numbers = self
        return Listing([files[i] for i in places], [labels[i] for i in places], [numbers[i] for i in places])


def image_folder(
    data_root: str,
    *,
    root: str,
    size: Annotated[int, "[1, inf)"] | None,
    colour: Literal["rgb", "grey"],
    test_size: Annotated[float, "(0, 1)"],
    mean: list[float] | None,
    std: list[float] | None,
    follow_links: bool,
) -> Split:
    """Classes are the sorted names of the folders, as torchvision's ImageFolder has them.

    All images are decoded once, and kept as bytes (N, C, size, size) in one file under data_root/cache, named by what
    the folder holds; later runs map it into memory, so that only what is read takes room (exec.stream=true never
    holds more than some batches). They are turned as their EXIF orientation says. What is transparent shows the colour
    beneath, for alpha is dropped, as by torchvision's ImageFolder; 16 bits a channel are scaled to 8.

    Label files may call an image by its path within `root`, such as circle/003.png, or by number: that of its file's
    name where all names, of train/ or else of the whole folder, are different whole numbers, as in an exported CIFAR;
    otherwise its place from 0 in the listing, class by class, of train/ or of the whole folder.

    Args:
        data_root: where a relative `root` is looked for, if it is not in the working directory; and where the cache is.
        root: holds train/<class>/ and test/<class>/ (or val/<class>/), or <class>/ alone. Folders within are searched.
        size: images are scaled so that they just cover size x size, and cropped in the middle; null takes them as
            they are, if they all have one size.
        colour: "rgb" has three channels, "grey" one.
        test_size: share of each class for testing where there is no test folder: stratified, and the same for every
            seed, see holdout.py.
        mean: of each channel, subtracted, in units of white = 1; null computes it.
        std: of each channel, divided by then; null computes it.
        follow_links: may symbolic links lead out of `root`?
    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: there are no classes or images in it, images cannot be read, sizes differ, or a link leads out.
    """
    folder = place(root, data_root, Path.is_dir)
    if folder is None:
        raise FileNotFoundError(f"root={root}: there is no such folder, here or in {data_root} (exec.data_root)")
    every, train, test, classes = _parts(folder, test_size)
    if not follow_links:
        _check_links(folder, [*train.files, *test.files])
    channels = {"rgb": 3, "grey": 1}[colour]
    sides = (size, size) if size else look_at(train.files)
    images = cached([*train.files, *test.files], channels, sides, exact=size is None, folder=Path(data_root, "cache"))
    x, test_x = images[: len(train.files)], images[len(train.files) :]
    computed = moments(x) if mean is None or std is None else ()
    given = (_channels("mean", mean, channels), _channels("std", std, channels))
    centre, scale = (own if own is not None else computed[i] for i, own in enumerate(given))
    y, test_y = torch.tensor(train.labels), torch.tensor(test.labels)
    names = (file.relative_to(folder).as_posix() for file in train.files)
    return Split(
        x,
        y,
        test_x,
        test_y,
        classes,
        centre,
        scale,
        source_index=torch.tensor(train.numbers),
        source_size=len(every.files) if every.numbers == list(range(len(every.files))) else None,
        source_names=dict(zip(train.numbers, names, strict=True)),
    )


def _parts(folder: Path, test_size: float) -> tuple[Listing, Listing, Listing, tuple[str, ...]]:
    """Images that are numbered together, those of them for training, test images, and the names of the classes."""
    if not (folder / "train").is_dir():
        classes = _classes(folder)
        every = _listing(folder, classes)
        parts = holdout(torch.tensor(every.labels), test_size, classes)
        train, test = (every.of(places.sort().values.tolist()) for places in parts)
        return every, train, test, classes
    classes = _classes(folder / "train")
    testing = next((folder / name for name in TEST if (folder / name).is_dir()), None)
    if testing is None:
        raise ValueError(f"{folder} has train/ but none of {', '.join(TEST)}")
    strange = sorted(set(_classes(testing)) - set(classes))
    if strange:
        raise ValueError(f"{testing} has the class {strange[0]}, which {folder / 'train'} has not")
    train = _listing(folder / "train", classes)
    return train, train, _listing(testing, classes), classes


def _check_links(folder: Path, files: Sequence[Path]) -> None:
    """Raise ValueError where a file, or a folder on the way to it, is a link that leads out of the folder."""
    home = folder.resolve()
    within = {parent for file in files for parent in file.parents if folder in parent.parents}
    for path in (*sorted(within), *files):
        if path.is_symlink() and not Path(realpath(path)).is_relative_to(home):
            raise ValueError(f"{path} is a link that leads out of {folder}; follow_links=true follows it")


def _classes(folder: Path) -> tuple[str, ...]:
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not any(folder.iterdir()):
        raise ValueError(f"{folder} is empty")
    if len(names) < 2:
        raise ValueError(f"{folder} has {len(names)} class folder{'s' * (len(names) != 1)}; must be two or more")
    return tuple(names)


def _listing(folder: Path, classes: Sequence[str]) -> Listing:
    files: list[Path] = []
    labels: list[int] = []
    for k, name in enumerate(classes):
        named = (path for path in (folder / name).rglob("*") if path.suffix.lower() in SUFFIXES)
        found = sorted(path for path in named if path.is_file() or path.is_symlink())
        files.extend(found)
        labels.extend([k] * len(found))
    if not files:
        raise ValueError(f"{folder} has no images ({', '.join(SUFFIXES)}) in its class folders")
    return Listing(files, labels, _numbers(files))


def _channels(name: str, values: list[float] | None, channels: int) -> torch.Tensor | None:
    if values is None:
        return None
    if len(values) != channels:
        raise ValueError(f"{name}={values}: must be {channels} numbers, one for each channel, or null")
    return 255 * torch.tensor(values).view(-1, 1, 1)


def _numbers(files: Sequence[Path]) -> list[int]:
    """The names of files as numbers, if they all are, and different; else their places."""
    names = [file.stem for file in files]
    if not all(name.isdecimal() for name in names) or len(set(map(int, names))) < len(names):
        return list(range(len(files)))
    return [int(name) for name in names]
