"""Pair noise: the next class."""

from tests.datasets.noise_types.flipping import K, Y


def test_a_pair_is_the_next_class(flip):
    given = flip("pair", 0.4)
    assert set(((given - Y) % K).tolist()) == {0, 1}
