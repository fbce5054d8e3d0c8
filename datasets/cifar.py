"""CIFAR-10 and CIFAR-100: 50,000 training and 10,000 test images of 32x32 in colour, with true or with human labels."""

import pickle
from pathlib import Path
from typing import Annotated, Any, Literal

import torch

from datasets.human_labels import Examples, labels_of
from datasets.split import Split

HUMAN = "https://github.com/UCSC-REAL/cifar-10-100n"
COLUMNS = {
    "aggre": "aggre_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
    "worse": "worse_label",
}


def cifar10(data_root: str, download: bool, *, mean: list[float], std: list[Annotated[float, "(0, inf)"]]) -> Split:
    """Ten classes (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009), x (N, 3, 32, 32) bytes,
    where torchvision keeps them: data_root/cifar-10-batches-py.

    Args:
        mean: three numbers, subtracted from red, green and blue, in units of white = 1.
        std: three numbers, which then divide them.
    Raises:
        FileNotFoundError: no files there, or damaged ones, and none downloaded.
        ValueError: `mean` or `std` is not three numbers.
    """
    return _split("CIFAR10", data_root, download, mean, std)


def cifar100(
    data_root: str,
    download: bool,
    *,
    labels: Literal["fine", "coarse"],
    mean: list[float],
    std: list[Annotated[float, "(0, inf)"]],
) -> Split:
    """A hundred classes in twenty superclasses, of the same source, from data_root/cifar-100-python.

    Args:
        labels: fine, the 100 classes, or coarse, the 20 superclasses.
        mean: as in cifar10, and so are `std` and the errors.
    """
    split = _split("CIFAR100", data_root, download, mean, std)
    if labels == "fine":
        return split
    folder = Path(data_root, "cifar-100-python")  # whose checksums torchvision has just compared
    train, test, meta = (
        pickle.loads((folder / name).read_bytes(), encoding="latin1") for name in ("train", "test", "meta")
    )
    y, test_y = (torch.tensor(part["coarse_labels"]) for part in (train, test))
    return split._replace(y=y, test_y=test_y, classes=tuple(meta["coarse_label_names"]))


def cifar10n(
    data_root: str,
    download: bool,
    *,
    file: str,
    annotator: Literal["aggre", "random1", "random2", "random3", "worse"],
    mean: list[float],
    std: list[Annotated[float, "(0, inf)"]],
) -> Split:
    """CIFAR-10 with the labels of three people an image: `given` is what they said, `y` stays the true class.

    Source: Wei et al., "Learning with Noisy Labels Revisited: A Study Using Real-World Human Annotations", ICLR 2022;
    labels from https://github.com/UCSC-REAL/cifar-10-100n under CC BY-NC 4.0, for research only. In the file
    these are wrong, in percent: aggre 9.01 (9.03 in the paper), random1 17.23, random2 18.12, random3 17.64, worse
    40.21.

    Args:
        file: CIFAR-10_human.pt of that repository, or a file of the same columns that human_labels reads; relative to
            data_root.
        annotator: aggre, the majority of the three, or one of them drawn where they all differ; random1 to random3,
            the first, second or third of them; worse, a wrong label wherever there is one.
        mean: as in cifar10, and so is `std`.
    Raises:
        FileNotFoundError: the labels or the images are not there.
        ValueError: the file is no such file, or its true classes are not CIFAR-10's, in torchvision's order.
    """
    path = _official(data_root, file)
    split = cifar10(data_root, download, mean=mean, std=std)
    return _relabelled(split, path, COLUMNS[annotator], "clean_label")


def cifar100n(
    data_root: str,
    download: bool,
    *,
    file: str,
    labels: Literal["fine", "coarse"],
    mean: list[float],
    std: list[Annotated[float, "(0, inf)"]],
) -> Split:
    """CIFAR-100 with one person's label an image. Source and licence as in cifar10n (CC BY-NC 4.0: for research only),
    and so are the errors. The paper gives 40.20 percent of noise for the fine labels.

    Args:
        file: CIFAR-100_human.pt, or a file of the same columns; relative to data_root.
        labels: fine, the 100 classes, or coarse, the 20 superclasses of those that the person chose.
        mean: as in cifar10, and so is `std`.
    """
    path = _official(data_root, file)
    level = "" if labels == "fine" else "_coarse"
    split = cifar100(data_root, download, labels=labels, mean=mean, std=std)
    return _relabelled(split, path, f"noisy{level}_label", f"clean{level}_label")


def _split(name: str, data_root: str, download: bool, mean: list[float], std: list[float]) -> Split:
    from datasets.vision import fetch, scale, torchvision

    kind = getattr(torchvision.datasets, name)

    def both(allowed: bool) -> list[Any]:
        return [kind(data_root, train=train, download=allowed) for train in (True, False)]

    scales = scale(mean, std)
    train, test = fetch(both, data_root, [Path(data_root, kind.base_folder)], download)
    (x, y), (test_x, test_y) = (
        (torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(part.targets))
        for part in (train, test)
    )
    return Split(x, y, test_x, test_y, tuple(train.classes), *scales)


def _official(data_root: str, file: str) -> Path:
    path = Path(data_root, file)
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}; it is in the folder data of {HUMAN} (dataset.file names another)")
    return path


def _relabelled(split: Split, file: Path, column: str, clean: str) -> Split:
    index, size = split.numbers()
    read: list[str] = []
    examples = Examples(split.y, split.classes, index, size, None)
    given = labels_of(file, column, clean, examples, tell=read.append)
    return split._replace(given=given, read=(*split.read, *read))
