"""MNIST and data sets of its format: 60,000 training and 10,000 test images of 28x28 in ten classes, from idx files."""

import gzip
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from datasets.faults import exhausted
from datasets.split import Split

PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
GARMENTS = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def mnist(data_root: str, download: bool, *, mean: float, std: Annotated[float, "(0, inf)"]) -> Split:
    """Handwritten digits (LeCun, Cortes and Burges, 1998), where torchvision keeps them: data_root/MNIST/raw.

    Args:
        mean: subtracted from every pixel, in units of white = 1.
        std: then divides it.
    Raises:
        FileNotFoundError: no files there, and none downloaded.
        ValueError: a file is not what it should be.
    """
    folder = Path(data_root, "MNIST", "raw")
    return _split([folder], "MNIST", data_root, download, DIGITS, mean, std)


def fashion_mnist(data_root: str, download: bool, *, mean: float, std: Annotated[float, "(0, inf)"]) -> Split:
    """Zalando's garments (Xiao, Rasul and Vollgraf, arXiv:1708.07747), from data_root/FashionMNIST/raw, or from where
    Debian's package dataset-fashion-mnist puts them. Arguments and errors as in mnist.
    """
    folders = [Path(data_root, "FashionMNIST", "raw"), DEBIAN]
    return _split(folders, "FashionMNIST", data_root, download, GARMENTS, mean, std)


def kmnist(data_root: str, download: bool, *, mean: float, std: Annotated[float, "(0, inf)"]) -> Split:
    """Kuzushiji-MNIST, cursive hiragana (Clanuwat et al., "Deep Learning for Classical Japanese Literature",
    arXiv:1812.01718), from data_root/KMNIST/raw. Arguments and errors as in mnist.
    """
    folder = Path(data_root, "KMNIST", "raw")
    return _split([folder], "KMNIST", data_root, download, HIRAGANA, mean, std)


def _split(
    folders: list[Path],
    name: str,
    data_root: str,
    download: bool,
    classes: tuple[str, ...],
    mean: float,
    std: float,
) -> Split:
    files = _find(folders)
    if files is None:
        from datasets.vision import fetch, torchvision  # takes a second, and is needed only here

        def downloaded(allowed: bool) -> list[Path]:
            if allowed:
                getattr(torchvision.datasets, name)(data_root, download=True)
            found = _find(folders)
            if found is None:
                raise FileNotFoundError("the files are not all there")
            return found

        debian = ", or on Debian: apt-get install dataset-fashion-mnist" if DEBIAN in folders else ""
        files = fetch(downloaded, data_root, folders, download, debian)
    x, y, test_x, test_y = (_read(file) for file in files)
    shift, scale = (255 * torch.tensor(v).view(1, 1, 1) for v in (mean, std))
    return Split(x[:, None], y.long(), test_x[:, None], test_y.long(), classes, shift, scale)


def _find(folders: list[Path]) -> list[Path] | None:
    for folder in folders:
        for suffix in ("", ".gz"):
            files = [folder / (part + suffix) for part in PARTS]
            if all(file.is_file() for file in files):
                return files
    return None


def _read(file: Path) -> Tensor:
    """An idx file of bytes: two zero bytes, type 8, the number of axes, each length as 4 bytes, then the numbers."""
    try:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        assert raw[:3] == b"\0\0\x08"
        axes = raw[3]
        shape = np.frombuffer(raw, ">i4", count=axes, offset=4)
        numbers = np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
    except (AssertionError, EOFError, IndexError, ValueError, OSError) as error:
        if exhausted(error):
            raise
        raise ValueError(f"{file} is damaged or only half there; delete it and run again") from error
    return torch.from_numpy(numbers.copy())
