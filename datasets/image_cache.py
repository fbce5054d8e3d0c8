"""Decoded images as one file of bytes, made once and mapped into memory from then on."""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track
from torch import Tensor

from datasets.faults import exhausted, first_line
from datasets.image_files import FORMATS
from datasets.places import check_writable

DECODING = 3  # goes up where some file is decoded in another way, so that what was decoded before is not taken for it
FEW_BITS = 12  # in which images of 16 bits are probably meant to fill the range


class Form(NamedTuple):
    """What images are brought to.

    Attributes:
        channels: C, 1 or 3.
        sides: H and W.
        exact: refuse images of other sizes, instead of scaling and cropping them.
        bits: how many are used of images with 16 a channel; None is 16, and refuses images that use FEW_BITS or fewer.
    """

    channels: int
    sides: tuple[int, int]
    exact: bool
    bits: int | None


class UnreadableError(ValueError):
    """A file is not an image that can be read."""


class Decoded(NamedTuple):
    """An image (C, H, W), and the brightest value of one with 16 bits a channel, 0 of others."""

    image: NDArray[np.uint8]
    brightest: int


def cached(files: Sequence[Path], form: Form, *, skip: bool, folder: Path) -> tuple[Tensor, list[bool]]:
    """Images (M, C, H, W) uint8, read from the disk as they are used, and which of the N files they are of.

    The file is named by paths, lengths and times of all images, by their form and by the way of decoding, so that what
    has changed is decoded anew. It is written under another name and renamed at the end: there is all of it or none.

    Args:
        files: N images.
        form: what they are brought to.
        skip: leave out images that cannot be read.
        folder: where the file is or will be.
    Raises:
        ValueError: images cannot be read, or are of another size; names the first, and says how many there are. Or the
            folder cannot be written to.
    """
    kept = folder / f"{_name(files, form, skip)}.npy"
    which = kept.with_suffix(".json")  # of the files that can be read
    if not (kept.is_file() and which.is_file()):
        fresh = folder / f".{kept.name}.{os.getpid()}"
        check_writable(folder, "decoded images are kept")
        try:
            readable = _decode_all(files, form, skip, fresh)
            which.write_text(json.dumps(readable))
            fresh.replace(kept)
        finally:
            fresh.unlink(missing_ok=True)
    readable = json.loads(which.read_text())
    images = np.load(kept, mmap_mode="c")  # torch may write to it, and nothing reaches the disk
    return torch.from_numpy(images[: sum(readable)]), readable


def look_at(files: Sequence[Path]) -> tuple[int, int]:
    """Height and width of the first image that can be read. Raises ValueError if none can."""
    for file in files:
        with suppress(ValueError):
            image = _upright(file)
            return image.height, image.width
    raise ValueError(f"none of {len(files)} images can be read, {files[0]} the first")


def _name(files: Sequence[Path], form: Form, skip: bool) -> str:
    found = [_identity(file) for file in files]
    return hashlib.sha256(json.dumps([DECODING, found, form, skip]).encode()).hexdigest()[:16]


def _identity(file: Path) -> tuple[str, int, int]:
    """Its path, length and time; a length of 0 where a link leads to nothing."""
    try:
        found = file.stat()
    except OSError:
        return str(file.absolute()), 0, 0
    return str(file.resolve()), found.st_size, found.st_mtime_ns


def _decode_all(files: Sequence[Path], form: Form, skip: bool, fresh: Path) -> list[bool]:
    """Decode into a new file; which of the files could be."""
    images = _made_room(fresh, (len(files), form.channels, *form.sides))
    refused: dict[int, ValueError] = {}
    brightest = 0
    console = Console(stderr=True)
    with ThreadPoolExecutor() as pool:  # Pillow decodes without holding the interpreter
        try:
            progress = track(
                pool.map(partial(_tried, form=form), files),
                "decoding images, once",
                len(files),
                console=console,
                disable=not console.is_terminal,
            )
            for place, found in enumerate(progress):
                if isinstance(found, ValueError):
                    refused[place] = found
                else:
                    images[place - len(refused)] = found.image
                    brightest = max(brightest, found.brightest)
        finally:
            pool.shutdown(cancel_futures=True)
    wrong = [error for error in refused.values() if not (skip and isinstance(error, UnreadableError))]
    if wrong or len(refused) == len(files):
        error = (wrong or list(refused.values()))[0]
        others = f"; the first of {len(refused)} such files among {len(files)}" if len(refused) > 1 else ""
        hint = "; dataset.unreadable=skip leaves such images out"
        raise ValueError(f"{error}{others}{'' if skip or type(error) is ValueError else hint}") from error
    if form.bits is None and 0 < brightest < 2**FEW_BITS:
        used = brightest.bit_length()
        raise ValueError(
            f"{files[0].parent}: images of 16 bits a channel hold nothing above {brightest}, which is nearly black; "
            f"dataset.bits={max(used, 9)} takes {2 ** max(used, 9) - 1} for white, dataset.bits=16 leaves them so"
        )
    images.flush()
    return [place not in refused for place in range(len(files))]


def _made_room(file: Path, shape: tuple[int, ...]) -> Any:
    """A file of bytes of this shape."""
    try:
        images = np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=shape)
        _reserve(file)
    except (OSError, ValueError) as error:
        if exhausted(error):
            raise
        raise ValueError(f"size={shape[-1]}: {shape[0]} images of this size are more than a file can hold") from error
    return images


def _reserve(file: Path) -> None:
    """Have room on the disk for all of a file: writing to mapped memory where there is none kills the process."""
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, file.stat().st_size)


def _tried(file: Path, form: Form) -> Decoded | ValueError:
    """What _decode gives, or why it cannot."""
    try:
        return _decode(file, form)
    except ValueError as error:
        return error


def _decode(file: Path, form: Form) -> Decoded:
    image = _upright(file)
    try:
        shades, brightest = _eight_bits(image, form.bits or 16)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    decoded = shades.convert("RGB" if form.channels == 3 else "L")
    sides = form.sides
    if (decoded.height, decoded.width) != sides:
        if form.exact:
            raise ValueError(f"{file} is {decoded.height}x{decoded.width} and others {sides[0]}x{sides[1]}; set size")
        decoded = ImageOps.fit(decoded, (sides[1], sides[0]), Image.Resampling.BILINEAR)
    return Decoded(np.asarray(decoded).reshape(*sides, form.channels).transpose(2, 0, 1), brightest)


def _upright(file: Path) -> Image.Image:
    """The image of a file, turned as its EXIF orientation says."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            ImageOps.exif_transpose(image, in_place=True)  # loads it
            return image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if exhausted(error):
            raise
        raise UnreadableError(f"{file} is not an image that can be read ({first_line(error)})") from error


def _eight_bits(image: Image.Image, bits: int) -> tuple[Image.Image, int]:
    """An image of 16 bits a channel, `bits` of them used, scaled to 8, and its brightest value; others as they are."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        shades = np.asarray(image).astype(np.int64)
        white = 2**bits - 1
        eight = (shades.clip(max=white) * 255 + white // 2) // white
        return Image.fromarray(eight.astype(np.uint8)), int(shades.max(initial=0))
    if image.mode in ("I", "F"):
        raise ValueError(f"pixels of the mode {image.mode} have no range that is known; 8 or 16 bits a channel have")
    return image, 0
