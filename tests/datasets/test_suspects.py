"""Columns that are the answer, or the row's number."""

import random

import numpy as np
import pandas as pd
import pytest

from datasets.suspects import check

ROWS = 60
Y = [i // 20 for i in range(ROWS)]  # sorted by class, as files are
DRAW = random.Random(0)
FAIR = pd.Series([DRAW.random() for _ in range(ROWS)])


def refused(name, values, y=Y):
    with pytest.raises(ValueError, match=r"source=t\.csv") as error:
        check("t.csv", {"fair": FAIR[: len(y)], name: pd.Series(values)}, np.array(y))
    line = str(error.value)
    assert f"dataset.drop=['{name}'] leaves it out, dataset.columns=[...]" in line
    return line


def test_fair_columns_pass():
    town = pd.Series([DRAW.choice("abc") for _ in range(ROWS)])
    member = pd.Series([float(i % 2) for i in range(ROWS)])
    check("t.csv", {"fair": FAIR, "town": town, "member": member, "whole": (1000 * FAIR) // 1}, np.array(Y))


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__"])
def test_a_column_without_a_name(name):
    assert "has no name, as a saved index has none" in refused(name, FAIR)


@pytest.mark.parametrize(
    "values",
    [
        range(ROWS),
        range(1001, 1001 + ROWS),
        [3.0 * i for i in range(ROWS)],
        [i * i for i in range(ROWS)],
        DRAW.sample(range(ROWS), ROWS),
    ],
)
def test_a_running_number(values):
    assert "column id is a running number" in refused("id", [float(v) for v in values])


def test_another_word_in_every_row():
    assert "column id holds another word in every row" in refused(
        "id", [f"P{i}" for i in DRAW.sample(range(999), ROWS)]
    )


def test_another_date_in_every_row_may_be_an_order():
    assert "dataset.order='day' tests with the last" in refused("day", [f"{1900 + i}-01-31" for i in range(ROWS)])
    assert "dataset.order" not in refused("day", [f"P{i}" for i in range(ROWS)])


@pytest.mark.parametrize(
    "values",
    [
        Y,  # a copy
        [["low", "middle", "high"][k] for k in Y],  # in other words
        [7.0 - k for k in Y],
        [k * 10 + i % 3 for i, k in enumerate(Y)],  # finer than the class
        [k + 0.9 * v for k, v in zip(Y, FAIR, strict=True)],  # a number that parts them
    ],
)
def test_a_column_that_tells_the_class(values):
    values = [float(v) if isinstance(v, int) else v for v in values]
    assert "column answer tells the class of every row" in refused("answer", values)


def test_few_rows_prove_nothing():
    check("t.csv", {"a": pd.Series(["x", "y", "x", "y"]), "n": pd.Series([1.0, 2.0, 3.0, 4.0])}, np.array([0, 1, 0, 1]))


def test_iris_passes():
    from sklearn.datasets import load_iris

    data = load_iris(as_frame=True)
    check("iris.csv", dict(data.data.items()), data.target.to_numpy())


PRICE = np.array([[DRAW.gauss(50, 20)] for _ in range(ROWS)])


@pytest.mark.parametrize(
    "values",
    [PRICE[:, 0], 1.8 * PRICE[:, 0] + 32, -PRICE[:, 0], np.exp(PRICE[:, 0] / 50), PRICE[:, 0].round()],
)
def test_a_column_that_moves_with_a_number_in_every_row(values):
    assert "column copy rises with a target in every row" in refused("copy", values, PRICE)
    both = np.hstack([np.array(FAIR)[:, None] ** 2 - FAIR.to_numpy()[::-1, None], PRICE])
    assert "column copy rises" in refused("copy", values, both)


def test_what_would_be_a_chance_of_numbers_passes():
    noisy = PRICE[:, 0] + np.array([DRAW.gauss(0, 0.1) for _ in range(ROWS)])
    low = (PRICE[:, 0] > 50).astype(float)  # parts them, but has two values
    gaps = pd.Series(PRICE[:, 0]).where(np.arange(ROWS) > 0)
    town = pd.Series([DRAW.choice("abc") for _ in range(ROWS)])
    columns = {"fair": FAIR, "noisy": pd.Series(noisy), "low": pd.Series(low), "gaps": gaps, "town": town}
    check("t.csv", columns, PRICE)
    with pytest.raises(ValueError, match="is a running number"):
        check("t.csv", {"id": pd.Series([float(i) for i in range(ROWS)])}, PRICE)


def test_a_column_that_tells_a_label():
    bits = np.array([[i % 2, i % 3 == 0, i == 7] for i in range(ROWS)], dtype=np.float32)
    assert "column third tells a label of every row" in refused(
        "third", [["no", "yes"][i % 3 == 0] for i in range(ROWS)], bits
    )
    check("t.csv", {"rare": pd.Series(["x" if i == 7 else "y" for i in range(ROWS)])}, bits)
