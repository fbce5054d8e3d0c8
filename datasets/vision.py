"""The one place where torchvision is imported, `from datasets.vision import torchvision`, and what its sets share.

PyPI's torchvision is compiled against CUDA. Beside a CPU-only torch its library does not load, the operators that it
would have registered are missing, and `import torchvision` dies with "operator torchvision::nms does not exist".
Declaring the two operators that the import looks for is enough for datasets, transforms.v2 and models; calling nms
itself still fails then, as it must.
"""

from collections.abc import Callable, Sequence
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from tarfile import TarError
from typing import TypeVar
from zipfile import BadZipFile
from zlib import error as ZlibError

import torch
from torch import Tensor

from datasets.faults import exhausted, first_line
from datasets.places import check_writable

_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _compiled_operators_load() -> bool:
    spec = find_spec("torchvision")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for library in [*Path(folder).glob("_C*.so"), *Path(folder).glob("_C*.pyd")]:
            try:
                torch.ops.load_library(str(library))
                return True
            except OSError:
                continue
    return False


if not _compiled_operators_load():
    for name, schema in _SCHEMAS.items():
        torch.library.define(f"torchvision::{name}", schema)

import torchvision  # noqa: E402

__all__ = ["fetch", "scale", "torchvision"]

T = TypeVar("T")
BROKEN = (OSError, RuntimeError, ValueError, EOFError, UnpicklingError, TarError, BadZipFile, ZlibError, HTTPException)


def fetch(
    read: Callable[[bool], T],
    data_root: str,
    places: Sequence[Path],
    download: bool,
    otherwise: str = "",
    by: str = "torchvision",
) -> T:
    """What `read` gives from the files that are there, else from downloaded ones.

    Args:
        read: function of whether it may download; it fails where files are missing or damaged.
        data_root: where downloaded files are kept.
        places: the folders or files where it looks, for the message.
        download: may it download at all?
        otherwise: another way to get the files, for the message.
        by: who downloads, for the message.
    Raises:
        FileNotFoundError: it got them neither way.
        ValueError: data_root cannot be written to.
    """
    problem = "exec.download=false forbids downloading"
    for allowed in (False, True) if download else (False,):
        if allowed:
            check_writable(Path(data_root), "what is downloaded is kept")
        try:
            return read(allowed)
        except BROKEN as error:
            if exhausted(error):
                raise
            if allowed:
                problem = f"{by} could not download them ({first_line(error)})"
    way = "Try again with a network" if download else "With a network: exec.download=true"
    raise FileNotFoundError(
        f"no intact files at {' and '.join(map(str, places))}; {problem}. {way} "
        f"(set exec.data_root to use another folder){otherwise}"
    )


def scale(mean: list[float], std: list[float]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of three colours, from units of white = 1 to units of bytes, each (3, 1, 1).

    Raises:
        ValueError: they are not three each.
    """
    for key, numbers in (("mean", mean), ("std", std)):
        if len(numbers) != 3:
            raise ValueError(f"{key}={numbers}: must be three numbers, of red, green and blue")
    red_green_blue = 255 * torch.tensor([mean, std]).view(2, 3, 1, 1)
    return red_green_blue[0], red_green_blue[1]
