"""Decoded images as one file of bytes, made once and mapped into memory from then on."""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track
from torch import Tensor

from datasets.faults import exhausted, first_line

DECODING = 2  # goes up where some file is decoded in another way, so that what was decoded before is not taken for it
FORMATS = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP", "GIF")  # of no other, such as EPS, which runs a program
SHADES = 257  # of 16 bits to one of 8


def cached(files: Sequence[Path], channels: int, sides: tuple[int, int], *, exact: bool, folder: Path) -> Tensor:
    """Images (N, C, H, W) uint8, read from the disk as they are used.

    The file is named by paths, lengths and times of all images, by their form and by the way of decoding, so that what
    has changed is decoded anew. It is written under another name and renamed at the end: there is all of it or none.

    Args:
        files: N images.
        channels: C, 1 or 3.
        sides: H and W.
        exact: refuse images of other sizes, instead of scaling and cropping them.
        folder: where the file is or will be.
    Raises:
        ValueError: images cannot be read, or are of another size; names the first, and says how many there are.
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


def look_at(files: Sequence[Path]) -> tuple[int, int]:
    """Height and width of the first image that can be read. Raises ValueError if none can."""
    for file in files:
        with suppress(ValueError):
            image = _upright(file)
            return image.height, image.width
    raise ValueError(f"none of {len(files)} images can be read, {files[0]} the first")


def _name(files: Sequence[Path], channels: int, sides: tuple[int, int]) -> str:
    found = [_identity(file) for file in files]
    return hashlib.sha256(json.dumps([DECODING, found, channels, sides]).encode()).hexdigest()[:16]


def _identity(file: Path) -> tuple[str, int, int]:
    """Its path, length and time."""
    try:
        found = file.stat()
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from error
    return str(file.resolve()), found.st_size, found.st_mtime_ns


def _decode_all(files: Sequence[Path], channels: int, sides: tuple[int, int], exact: bool, fresh: Path) -> None:
    shape = (len(files), channels, *sides)
    images = np.lib.format.open_memmap(fresh, mode="w+", dtype=np.uint8, shape=shape)
    _reserve(fresh)
    decode = partial(_tried, channels=channels, sides=sides, exact=exact)
    refused: list[ValueError] = []
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
                if isinstance(image, ValueError):
                    refused.append(image)
                else:
                    images[place] = image
        finally:
            pool.shutdown(cancel_futures=True)
    if refused:
        others = f"; the first of {len(refused)} such files among {len(files)}" if len(refused) > 1 else ""
        raise ValueError(f"{refused[0]}{others}") from refused[0]
    images.flush()


def _reserve(file: Path) -> None:
    """Have room on the disk for all of a file: writing to mapped memory where there is none kills the process."""
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, file.stat().st_size)


def _tried(file: Path, channels: int, sides: tuple[int, int], exact: bool) -> NDArray[np.uint8] | ValueError:
    """What _decode gives, or why it cannot."""
    try:
        return _decode(file, channels, sides, exact)
    except ValueError as error:
        return error


def _decode(file: Path, channels: int, sides: tuple[int, int], exact: bool) -> NDArray[np.uint8]:
    """(C, H, W) of one file."""
    image = _upright(file)
    try:
        decoded = _eight_bits(image).convert("RGB" if channels == 3 else "L")
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    if (decoded.height, decoded.width) != sides:
        if exact:
            raise ValueError(f"{file} is {decoded.height}x{decoded.width} and others {sides[0]}x{sides[1]}; set size")
        decoded = ImageOps.fit(decoded, (sides[1], sides[0]), Image.Resampling.BILINEAR)
    return np.asarray(decoded).reshape(*sides, channels).transpose(2, 0, 1)


def _upright(file: Path) -> Image.Image:
    """The image of a file, turned as its EXIF orientation says."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            ImageOps.exif_transpose(image, in_place=True)  # loads it
            return image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if exhausted(error):
            raise
        raise ValueError(f"{file} is not an image that can be read ({first_line(error)})") from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """An image of 16 bits a channel with 8; others as they are."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        shades = np.asarray(image).astype(np.int64)
        return Image.fromarray(((shades + SHADES // 2) // SHADES).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(f"pixels of the mode {image.mode} have no range that is known; 8 or 16 bits a channel have")
    return image
