"""How often a row is told apart from the best although nothing is better: at most at the level, by simulation."""

import numpy as np
import pytest

from runner.statistics.multiple import all_pairs_p
from runner.statistics.sign_flip import sign_flip_p

REPETITIONS = 300
LEVEL = 0.05
MOST = LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / REPETITIONS)  # what chance leaves of it


def told(values, level=LEVEL):
    """(O,) of whether a row of values (n, O) is told apart from the one with the best mean."""
    whole = ~np.isnan(values).any(axis=0)
    best = np.where(whole, np.nanmean(values, axis=0), -np.inf).argmax()
    return all_pairs_p(values)[best] <= level


def rate(draw):
    rng = np.random.default_rng(1)
    return np.mean([told(draw(rng)).any() for _ in range(REPETITIONS)])


SCATTER = {
    "normal": lambda rng, size: rng.normal(size=size),
    "skewed": lambda rng, size: rng.exponential(size=size),
    "one in ten collapses": lambda rng, size: rng.normal(size=size) - 20 * (rng.random(size) < 0.1),
    "many ties": lambda rng, size: np.round(rng.normal(size=size)),
    "unequal": lambda rng, size: rng.normal(size=size) * np.linspace(1, 4, size[1]),
}


@pytest.mark.parametrize("name", SCATTER)
@pytest.mark.parametrize(("n", "rows"), [(6, 3), (10, 12)])
def test_of_equal_rows_none_is_told_apart_more_often_than_the_level_says(name, n, rows):
    assert rate(lambda rng: SCATTER[name](rng, (n, rows))) <= MOST


def test_missing_seeds_do_not_make_it_laxer():
    def draw(rng):
        values = rng.normal(size=(10, 8))
        values[:, 4:][rng.random((10, 4)) < 0.3] = np.nan
        return values

    assert rate(draw) <= MOST


def test_equals_of_the_best_are_kept_where_others_are_far_off():
    def wrong(rng):
        values = rng.normal(size=(10, 12))
        values[:, 3:] -= 8
        return told(values)[:3].any(), told(values)[3:].all()

    rng = np.random.default_rng(1)
    errors, found = np.mean([wrong(rng) for _ in range(REPETITIONS)], axis=0)
    assert errors <= MOST
    assert found > 0.9


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_six_seeds_reach_the_level_whatever_the_number_of_rows(rows):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(6, 1)) + np.arange(rows) + 1e-3 * rng.normal(size=(6, rows))
    p = all_pairs_p(values)
    assert p[0, 1:].max() == 2 / 2**6
    assert all_pairs_p(values[:5])[0, 1:].min() == 2 / 2**5


@pytest.mark.parametrize("n", [6, 9])
def test_of_two_rows_it_is_the_sign_flip_test(n):
    rng = np.random.default_rng(n)
    for _ in range(20):
        values = np.round(rng.normal(size=(n, 2)), 1)
        assert all_pairs_p(values)[0, 1] == sign_flip_p(values[:, 0] - values[:, 1])


def test_the_step_down_is_that_of_its_definition():
    """By brute force: the largest statistic among a pair and all that are less clear, over all signs."""
    values = np.random.default_rng(3).normal([0, 0.5, 1, 3], size=(7, 4))
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    apart = np.array([values[:, a] - values[:, b] for a, b in pairs])
    scaled = apart / np.sqrt((apart**2).sum(axis=1, keepdims=True))
    flips = np.array(np.meshgrid(*[[1, -1]] * 7)).reshape(7, -1)
    seen, drawn = np.abs(scaled.sum(axis=1)), np.abs(scaled @ flips)
    largest = 0.0
    for place in np.argsort(-seen):
        rest = drawn[seen <= seen[place]].max(axis=0)
        largest = max(largest, np.mean(rest >= seen[place] - 1e-9))
        assert all_pairs_p(values)[pairs[place]] == pytest.approx(largest)


def test_who_has_no_seed_in_common_is_not_compared_and_does_not_count():
    values = np.full((12, 3), np.nan)
    rng = np.random.default_rng(0)
    values[:6, :2] = rng.normal([0, 9], size=(6, 2))
    values[6:, 2] = rng.normal(size=6)
    p = all_pairs_p(values)
    assert np.isnan(p[0, 2])
    assert np.isnan(p[1, 2])
    assert p[0, 1] == 2 / 2**6
    assert all_pairs_p(np.zeros((8, 2)))[0, 1] == 1
    assert np.isnan(all_pairs_p(np.zeros((0, 2)))[0, 1])
