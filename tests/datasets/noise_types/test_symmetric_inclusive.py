"""Symmetric noise that may redraw the true class."""

from tests.datasets.noise_types.flipping import K, N, Y, about


def test_inclusive_noise_redraws_an_exact_count_of_all(flip):
    """At rate 1 the true class is as likely as any other."""
    given = flip("symmetric_inclusive", 1.0)
    assert about((given == Y).double().mean().item(), 1 / K, N)
