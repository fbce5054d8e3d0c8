"""The stratified split is scikit-learn's, number for number."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from datasets.stratified import stratified

RNG = np.random.default_rng(0)
CASES = [  # counts of classes, equal ones among them, and a test part as a number or as a share
    (RNG.integers(2, high, RNG.integers(1, 12)), size)
    for high in (3, 5, 40)
    for size in (*RNG.integers(1, 80, 20).tolist(), *RNG.uniform(0.02, 0.98, 20).tolist())
]


@pytest.mark.parametrize(("counts", "size"), CASES)
def test_it_draws_as_scikit_learn_does(counts, size):
    y = RNG.permutation(np.repeat(3 * np.arange(len(counts)), counts))  # no class has the numbers in between
    try:
        wanted = train_test_split(np.arange(len(y)), test_size=size, stratify=y, random_state=0)
    except ValueError:
        with pytest.raises(ValueError, match=r"to (train|test) with are fewer than \d+ classes"):
            stratified(y, size)
        return
    for mine, theirs in zip(stratified(y, size), wanted, strict=True):
        assert mine.dtype == theirs.dtype
        assert mine.tolist() == theirs.tolist()


def test_many_cases_can_be_split():
    split = [(len(counts), sum(counts), size if size >= 1 else np.ceil(size * sum(counts))) for counts, size in CASES]
    assert sum(classes <= min(tested, total - tested) for classes, total, tested in split) > 40
