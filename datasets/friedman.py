"""Friedman's three made-up regressions, whose noise is known: in milliseconds, as many examples as one likes."""

from typing import Annotated, Literal

from sklearn.datasets import make_friedman1, make_friedman2, make_friedman3

from datasets.numbers import first, split_of
from datasets.split import Split

MAKERS = {1: make_friedman1, 2: make_friedman2, 3: make_friedman3}


def friedman(
    *,
    form: Literal[1, 2, 3],
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    noise: Annotated[float, "[0, inf)"],
    missing: Annotated[float, "[0, 1)"],
    task: Literal["regression"],
) -> Split:
    """The target is a function of the inputs plus normal noise, in training and in testing, from scikit-learn's
    generators with random_state 0. Nothing predicts better than the function itself, whose rmse is `noise`.

    form 1: y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5; ten inputs, uniform in [0, 1], the last five of which
        say nothing
    form 2: y = sqrt(x1^2 + (x2 x3 - 1 / (x2 x4))^2)
    form 3: y = arctan((x2 x3 - 1 / (x2 x4)) / x1)
        both with x1 in [0, 100], x2 in [40 pi, 560 pi], x3 in [0, 1] and x4 in [1, 11], uniform

    Source: J. Friedman, "Multivariate Adaptive Regression Splines", Annals of Statistics, 1991.

    Args:
        form: 1, 2 or 3.
        num_train: N.
        num_test: M.
        noise: standard deviation, in the target's own unit. Breiman, "Bagging Predictors", Machine Learning, 1996, has
            1, 125 and 0.1.
        missing: share of the cells of inputs that are missing; see numbers.py.
        task: what is asked.
    """
    x, y = MAKERS[form](n_samples=num_train + num_test, noise=noise, random_state=0)
    return split_of(first(x, y, num_train), missing=missing, task=task, optimum={"rmse": noise})
