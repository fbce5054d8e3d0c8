"""scikit-learn's bundled handwritten digits: 1,797 images of 8x8, ten classes, no download."""

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from datasets.holdout import holdout
from datasets.split import Split


def digits(
    *,
    test_size: Annotated[int, "[10, 1787]"],
    mean: float,
    std: Annotated[float, "(0, inf)"],
) -> Split:
    """Pixels are 0 to 16, kept as uint8 in (N, 1, 8, 8). The test images are those of holdout.py; an image's number
    (for label files) is its place in load_digits.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (its test part).

    Args:
        test_size: M; the other 1,797 - M images are for training.
        mean: subtracted from every pixel, in units of 0 to 16.
        std: then divides it.
    """
    pixels, labels = _bundled()
    names = tuple(str(k) for k in range(10))
    train, test = holdout(labels, test_size, names)
    centre, scale = (torch.tensor(v).view(1, 1, 1) for v in (mean, std))
    parts = pixels[train], labels[train], pixels[test], labels[test]
    return Split(*parts, names, centre, scale, source_index=train, source_size=len(labels))


def _bundled() -> tuple[Tensor, Tensor]:
    """What load_digits gives, read from its file: to import scikit-learn takes longer than to train on its digits.

    Returns:
        Pixels (1797, 1, 8, 8) uint8 and labels (1797,) int64.
    """
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("scikit-learn, whose digits these are, is not installed")
    with gzip.open(Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz", "rt", encoding="ascii") as file:
        numbers = torch.from_numpy(np.loadtxt(file, delimiter=",", dtype=np.uint8))
    return numbers[:, :-1].reshape(-1, 1, 8, 8).contiguous(), numbers[:, -1].long()
