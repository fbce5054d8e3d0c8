"""MedMNIST: medical images of one size in eleven sets, from their npz files."""

import tempfile
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile, is_zipfile
from zlib import error as ZlibError

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datasets.faults import exhausted
from datasets.split import Split, moments

PARTS = ("train", "val", "test")
SOURCE = "https://zenodo.org/records/10519652/files"


def medmnist(
    data_root: str,
    download: bool,
    *,
    name: Literal[
        "pathmnist",
        "chestmnist",
        "dermamnist",
        "octmnist",
        "pneumoniamnist",
        "retinamnist",
        "breastmnist",
        "bloodmnist",
        "tissuemnist",
        "organamnist",
        "organcmnist",
        "organsmnist",
    ],
    size: Literal[28, 64, 128, 224],
    with_val: bool,
) -> Split:
    """One of the two-dimensional sets, x (N, 1 or 3, size, size) bytes, with its official test images, from
    data_root/NAME.npz, or data_root/NAME_SIZE.npz where the size is not 28. Mean and deviation are those of the
    training images.

    Source: Yang et al., "MedMNIST v2 - A large-scale lightweight benchmark for 2D and 3D biomedical image
    classification", Scientific Data, 2023; the larger sizes: https://zenodo.org/records/10519652.

    Args:
        name: which set; chestmnist is refused, because its images have several labels.
        size: of the images, in pixels.
        with_val: put the official validation images after the training images; else they are left out.
    Raises:
        FileNotFoundError: no file there, and none downloaded.
        ValueError: chestmnist, or the file is not what it should be.
    """
    if name == "chestmnist":
        raise ValueError("chestmnist has several labels an image; every other set of MedMNIST has one")
    from datasets.vision import fetch, torchvision

    file = Path(data_root, f"{name}.npz" if size == 28 else f"{name}_{size}.npz")

    def intact(allowed: bool) -> Path:
        if allowed:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=file.parent) as folder:
                torchvision.datasets.utils.download_url(f"{SOURCE}/{file.name}", folder, file.name)
                _whole(Path(folder, file.name)).replace(file)
        return _whole(file)

    arrays = _read(fetch(intact, data_root, [file], download))
    images = {part: _channels_first(arrays[f"{part}_images"]) for part in PARTS}
    labels = {part: torch.from_numpy(arrays[f"{part}_labels"].reshape(-1)).long() for part in PARTS}
    training = ("train", "val") if with_val else ("train",)
    x, y = (torch.cat([tensors[part] for part in training]) for tensors in (images, labels))
    classes = 1 + max(int(values.max()) for values in labels.values())
    return Split(x, y, images["test"], labels["test"], tuple(str(k) for k in range(classes)), *moments(x))


def _whole(file: Path) -> Path:
    """The file. Raises FileNotFoundError for an npz that broke off: it lacks the end of a zip file."""
    if not is_zipfile(file):
        raise FileNotFoundError(f"{file.name} is not all there")
    return file


def _read(file: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(file) as arrays:
            found = {f"{part}_{what}": arrays[f"{part}_{what}"] for part in PARTS for what in ("images", "labels")}
        for part in PARTS:
            images, labels = found[f"{part}_images"], found[f"{part}_labels"]
            assert images.dtype == np.uint8
            assert images.ndim == 3 or images.shape[3:] == (3,)
            assert labels.dtype.kind in "iu"
            assert labels.shape == (len(images), 1)
    except (AssertionError, KeyError, OSError, EOFError, ValueError, BadZipFile, ZlibError) as error:
        if exhausted(error):
            raise
        raise ValueError(
            f"{file} is damaged or not of MedMNIST, with images (N, H, W) or (N, H, W, 3) and labels (N, 1) of "
            f"{', '.join(PARTS)}; delete it and run again"
        ) from error
    return found


def _channels_first(images: NDArray[Any]) -> Tensor:
    x = torch.from_numpy(images)
    return x[:, None] if x.ndim == 3 else x.permute(0, 3, 1, 2).contiguous()
