"""Decoded images as one file of bytes, made once and mapped into memory from then on."""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from rich.console import Console
from rich.progress import track
from torch import Tensor


def cached(files: Sequence[Path], channels: int, sides: tuple[int, int], *, exact: bool, folder: Path) -> Tensor:
    """Images (N, C, H, W) uint8, read from the disk as they are used.

    The file is named by paths, lengths and times of all images and by their form, so that a folder that has changed is
    decoded anew. It is written under another name and renamed at the end: there is all of it or none.

    Args:
        files: N images.
        channels: C, 1 or 3.
        sides: H and W.
        exact: refuse images of other sizes, instead of scaling and cropping them.
        folder: where the file is or will be.
    Raises:
        ValueError: an image cannot be read, or is of another size.
    """
    kept = folder / f"{_name(files, channels, sides)}.npy"
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{kept.name}.{os.getpid()}"
        try:
            _decode_all(files, channels, sides, exact, fresh)
            fresh.replace(kept)
        finally:
            fresh.unlink(missing_ok=True)
    return torch.from_numpy(np.load(kept, mmap_mode="c"))  # c: torch may write to it, and nothing reaches the disk


def look_at(file: Path) -> tuple[int, int]:
    """Height and width of an image. Raises ValueError if it cannot be read."""
    try:
        with Image.open(file) as image:
            return image.height, image.width
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{file} is not an image that can be read ({error})") from error


def _name(files: Sequence[Path], channels: int, sides: tuple[int, int]) -> str:
    found = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(json.dumps([found, channels, sides]).encode()).hexdigest()[:16]


def _decode_all(files: Sequence[Path], channels: int, sides: tuple[int, int], exact: bool, fresh: Path) -> None:
    shape = (len(files), channels, *sides)
    images = np.lib.format.open_memmap(fresh, mode="w+", dtype=np.uint8, shape=shape)
    decode = partial(_decode, channels=channels, sides=sides, exact=exact)
    console = Console(stderr=True)
    with ThreadPoolExecutor() as pool:  # Pillow decodes without holding the interpreter
        try:
            progress = track(
                pool.map(decode, files),
                "decoding images, once",
                len(files),
                console=console,
                disable=not console.is_terminal,
            )
            for place, image in enumerate(progress):
                images[place] = image
        finally:
            pool.shutdown(cancel_futures=True)
    images.flush()


def _decode(file: Path, channels: int, sides: tuple[int, int], exact: bool) -> NDArray[np.uint8]:
    """(C, H, W) of one file."""
    try:
        with Image.open(file) as image:
            decoded = image.convert("RGB" if channels == 3 else "L")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{file} is not an image that can be read ({error})") from error
    if (decoded.height, decoded.width) != sides:
        if exact:
            raise ValueError(f"{file} is {decoded.height}x{decoded.width} and others {sides[0]}x{sides[1]}; set size")
        decoded = ImageOps.fit(decoded, (sides[1], sides[0]), Image.Resampling.BILINEAR)
    return np.asarray(decoded).reshape(*sides, channels).transpose(2, 0, 1)
