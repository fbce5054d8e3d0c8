"""scikit-learn's bundled diabetes patients: 442, ten inputs, a measure of the disease a year later, no download."""

from typing import Annotated, Literal

from sklearn.datasets import load_diabetes

from datasets.numbers import drawn, split_of
from datasets.split import Split


def diabetes(
    *, test_size: Annotated[int, "[1, 440]"], missing: Annotated[float, "[0, 1)"], task: Literal["regression"]
) -> Split:
    """Age, sex, body mass index, blood pressure and six blood values in their own units, float32 (N, 10); the target is
    a measure of progression, 25 to 346, float32 (N, 1). A patient's number is its place in load_diabetes.

    Source: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of Statistics, 2004.

    Args:
        test_size: M; the other 442 - M patients are for training.
        missing: share of the cells of inputs that are missing; see numbers.py.
        task: what is asked.
    """
    x, y = load_diabetes(return_X_y=True, scaled=False)
    parts, places = drawn(x, y, test_size)
    return split_of(parts, missing=missing, task=task, source_index=places)
