"""The files that noise types name."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datasets.places import place


def found(file: str, data_root: str, key: str = "file") -> Path:
    """The path of a file in the working directory or in data_root; `key` is the argument that names it.

    Raises:
        FileNotFoundError: it is in neither.
    """
    path = place(file, data_root, Path.is_file)
    if path is None:
        raise FileNotFoundError(
            f"noise_type.{key}={file}: there is no such file, here or in {data_root} (exec.data_root)"
        )
    return path


def numbers(path: Path) -> NDArray[np.float64]:
    """What a .npy file holds.

    Raises:
        OSError, ValueError: it is no such file, or does not hold numbers.
    """
    with path.open("rb") as raw:
        array: NDArray[np.generic] = np.lib.format.read_array(raw, allow_pickle=False)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"it holds {array.dtype}")
    return array.astype(np.float64)


def probabilities(values: NDArray[np.float64], said: str) -> Tensor:
    """Rows of numbers that can be probabilities.

    Raises:
        ValueError: one is below zero, infinite or none; `said` is how the message begins.
    """
    rows = torch.from_numpy(values)
    if len(odd := (~((rows >= 0) & rows.isfinite())).nonzero()):
        row, column = odd[0].tolist()
        raise ValueError(f"{said}: row {row} holds {rows[row, column]:g}, which is no probability")
    return rows
