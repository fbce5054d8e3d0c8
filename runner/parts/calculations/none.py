"""Seeds are trained, and nothing is calculated."""

from numpy.random import Generator


def none(draws: Generator) -> dict[str, float]:
    """No metric."""
    return {}
