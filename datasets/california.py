"""Districts of California and the value of their houses, which scikit-learn downloads."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_california_housing

from datasets.numbers import drawn, split_of
from datasets.split import Split

DISTRICTS, INPUTS = 20_640, 8


def california(
    data_root: str,
    download: bool,
    *,
    test_size: Annotated[int, "[1, 20638]"],
    missing: Annotated[float, "[0, 1)"],
    task: Literal["regression"],
) -> Split:
    """Median income, age of houses, rooms, bedrooms and people a household, people, latitude and longitude, float32
    (N, 8); the target is the median value of a house, in units of 100,000 dollars and 5 at most, float32 (N, 1). A
    district's number is its place in scikit-learn's set. Kept in data_root/california_housing.npz.

    Source: R. Pace, R. Barry, "Sparse Spatial Autoregressions", Statistics and Probability Letters, 1997.

    Args:
        test_size: M; the other 20,640 - M districts are for training.
        missing: share of the cells of inputs that are missing; see numbers.py.
        task: what is asked.
    Raises:
        FileNotFoundError: no intact file there, and none downloaded.
    """
    from datasets.vision import fetch

    file = Path(data_root, "california_housing.npz")

    def intact(allowed: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if allowed:
            _download(file)
        with file.open("rb") as raw, np.load(raw) as arrays:
            shapes = {name: arrays[name].shape for name in arrays.files}
            if shapes != {"x": (DISTRICTS, INPUTS), "y": (DISTRICTS,)}:
                raise ValueError(f"{file} holds arrays of other shapes")
            return arrays["x"], arrays["y"]

    x, y = fetch(intact, data_root, [file], download, by="scikit-learn")
    parts, places = drawn(x, y, test_size)
    return split_of(parts, missing=missing, task=task, source_index=places)


def _download(file: Path) -> None:
    """scikit-learn keeps a pickle, which may run code: what is kept here are numbers alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        x, y = fetch_california_housing(data_home=folder, return_X_y=True, n_retries=0)
        np.savez(Path(folder, file.name), x=x, y=y)
        Path(folder, file.name).replace(file)
