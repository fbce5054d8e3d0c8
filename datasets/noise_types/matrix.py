"""Label noise with a transition matrix of one's own."""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from datasets.faults import exhausted, first_line
from datasets.noise_types._files import found, numbers, probabilities
from datasets.text_file import text_of

EXACT = 1e-6  # from 1 of the sum of a row that is let be
ROUNDED = 0.5e-3  # of each number, where it was written with three digits


def matrix(
    labels: Tensor,
    num_classes: int,
    rate: float,
    generator: Generator,
    data_root: str,
    tell: Callable[[str], object],
    *,
    file: str,
) -> Tensor:
    """Each label i becomes, with probability `rate`, a draw from row i of a transition matrix T; rate=1 is T itself.

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: in (0, 1]: the transition matrix that is realised on average is (1 - rate) I + rate T.
        generator: the stream to draw from; each example takes two numbers from it.
        data_root: where a relative `file` is looked for, if it is not in the working directory.
        tell: is told what was read, in a line.
        file: .npy, or text with a row a line (.csv, .txt, .csv.gz; blanks, commas, semicolons or tabs between numbers,
            which may have decimal commas but between commas): K x K numbers, T[i, j] the probability that an example of
            class i is labelled j. Rows that sum to one but for rounding to three digits are scaled, and that is said.
    Returns:
        (N,) int64 given labels.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no K x K matrix of probabilities whose rows sum to one, or the rate is 0.
    """
    if rate == 0:
        raise ValueError("noise=0: noise_type=matrix takes noise as the share of labels drawn from it; all is noise=1")
    rows = read_matrix(found(file, data_root), num_classes, tell).cumsum(1)
    drawn = torch.rand(len(labels), 1, generator=generator, dtype=torch.float64)
    other = (drawn >= rows[labels]).sum(1).clamp(max=num_classes - 1)
    return torch.where(torch.rand(len(labels), generator=generator) < rate, other, labels)


def read_matrix(path: Path, num_classes: int, tell: Callable[[str], object]) -> Tensor:
    """A (K, K) float64 matrix whose rows are probabilities; see `matrix`."""
    try:
        values = numbers(path) if path.suffix.lower() == ".npy" else _rows(path)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        if exhausted(error):
            raise
        raise ValueError(
            f"noise_type.file={path}: not a matrix of numbers ({first_line(error)}); must be {num_classes} lines of "
            f"{num_classes} numbers without a header, or a .npy file of them"
        ) from error
    if values.shape != (num_classes, num_classes):
        raise ValueError(f"noise_type.file={path}: has shape {values.shape}; must be {num_classes} x {num_classes}")
    rows = probabilities(values, f"noise_type.file={path}")
    sums = rows.sum(1)
    off = int((sums - 1).abs().argmax())
    far = abs(float(sums[off]) - 1)
    if far > ROUNDED * num_classes:
        raise ValueError(f"noise_type.file={path}: every row must sum to 1; row {off} sums to {sums[off]:g}")
    scaled = f"; rows are scaled to sum to 1, which row {off} missed by {far:.2g}" if far > EXACT else ""
    tell(f"{path}: a {num_classes} x {num_classes} matrix, {rows.diagonal().mean():.3g} of the labels stay{scaled}")
    return rows / sums[:, None] if scaled else rows


def _rows(path: Path) -> NDArray[np.float64]:
    """Rows of numbers, with whatever stands between them."""
    text = text_of(path)
    lines = [line for line in (line.partition("#")[0].strip() for line in text.splitlines()) if line]
    if not lines:
        raise ValueError("it is empty")
    for separator in (";", "\t", None, ","):  # between blanks and commas, a comma may be a decimal one
        rows = [line.rstrip(separator).split(separator) for line in lines]
        cells = [[cell.strip().replace(",", ".") for cell in row] for row in rows]
        if len({len(row) for row in rows}) == 1 and (len(rows[0]) > 1 or separator == ","):
            try:
                return np.array(cells, dtype=np.float64)
            except ValueError:
                continue
    try:
        return np.loadtxt(text.replace(",", " ").splitlines(), ndmin=2)
    except ValueError as error:  # which says what is wrong, and then how to call it
        raise ValueError(first_line(error).partition("; use")[0]) from error
