"""Label noise with a transition matrix of one's own."""

from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from datasets.faults import exhausted, first_line
from datasets.noise_types._files import found


def matrix(labels: Tensor, num_classes: int, rate: float, generator: Generator, data_root: str, *, file: str) -> Tensor:
    """Each label i becomes, with probability `rate`, a draw from row i of a transition matrix T; rate=1 is T itself.

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: in (0, 1]: the transition matrix that is realised on average is (1 - rate) I + rate T.
        generator: the stream to draw from; each example takes two numbers from it.
        data_root: where a relative `file` is looked for, if it is not in the working directory.
        file: .npy, or text with a row a line (.csv, .txt; commas or blanks between numbers): K x K numbers, T[i, j] the
            probability that an example of class i is labelled j.
    Returns:
        (N,) int64 given labels.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no K x K matrix of probabilities whose rows sum to one, or the rate is 0.
    """
    if rate == 0:
        raise ValueError("noise=0: noise_type=matrix takes noise as the share of labels drawn from it; all is noise=1")
    rows = read_matrix(found(file, data_root), num_classes).cumsum(1)
    drawn = torch.rand(len(labels), 1, generator=generator, dtype=torch.float64)
    other = (drawn >= rows[labels]).sum(1).clamp(max=num_classes - 1)
    return torch.where(torch.rand(len(labels), generator=generator) < rate, other, labels)


def read_matrix(path: Path, num_classes: int) -> Tensor:
    """A (K, K) float64 matrix whose rows are probabilities; see `matrix`."""
    try:
        text = None if path.suffix == ".npy" else path.read_text(encoding="utf-8").replace(",", " ")
        values = np.load(path, allow_pickle=False) if text is None else np.loadtxt(text.splitlines(), ndmin=2)
        rows = torch.from_numpy(np.asarray(values, dtype=np.float64))
    except (OSError, ValueError) as error:
        if exhausted(error):
            raise
        raise ValueError(f"noise_type.file={path}: not a matrix of numbers ({first_line(error)})") from error
    if rows.shape != (num_classes, num_classes):
        raise ValueError(
            f"noise_type.file={path}: has shape {tuple(rows.shape)}; must be {num_classes} x {num_classes}"
        )
    if not (rows >= 0).all() or not rows.isfinite().all():
        raise ValueError(f"noise_type.file={path}: holds a number that is no probability")
    sums = rows.sum(1)
    off = int((sums - 1).abs().argmax())
    if abs(sums[off] - 1) > 1e-6:
        raise ValueError(f"noise_type.file={path}: every row must sum to 1; row {off} sums to {sums[off]:g}")
    return rows
