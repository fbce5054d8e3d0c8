"""A made-up linear regression on four of many inputs: in milliseconds, for tests and first tries."""

from typing import Annotated, Literal

from sklearn.datasets import make_sparse_uncorrelated

from datasets.numbers import first, split_of
from datasets.split import Split

NOISE = 1.0  # standard deviation, of scikit-learn's generator


def sparse_uncorrelated(
    *,
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    num_inputs: Annotated[int, "[4, inf)"],
    missing: Annotated[float, "[0, 1)"],
    task: Literal["regression"],
) -> Split:
    """y = x1 + 2 x2 - 2 x3 - 1.5 x4 plus standard normal noise, of standard normal inputs, from scikit-learn's
    make_sparse_uncorrelated with random_state 0. Nothing predicts better than the function itself, whose rmse is 1.

    Source: G. Celeux, M. El Anbari, J.-M. Marin, C. Robert, "Regularization in Regression: Comparing Bayesian and
    Frequentist Methods in a Poorly Informative Situation", Bayesian Analysis, 2012.

    Args:
        num_train: N.
        num_test: M.
        num_inputs: D, of which four count.
        missing: share of the cells of inputs that are missing; see numbers.py.
        task: what is asked.
    """
    x, y = make_sparse_uncorrelated(n_samples=num_train + num_test, n_features=num_inputs, random_state=0)
    return split_of(first(x, y, num_train), missing=missing, task=task, optimum={"rmse": NOISE})
