"""Values of a distribution of Optuna's as numbers between 0 and 1, in which a sampler may calculate."""

from math import exp, log
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution


def to_unit(distribution: BaseDistribution, value: Any) -> float:
    """The place of a number in its range, in [0, 1], by logarithms where it is drawn so; the number of a choice.

    >>> to_unit(FloatDistribution(0.01, 1.0, log=True), 0.1), to_unit(CategoricalDistribution(["sgd", "adam"]), "adam")
    (0.5, 1.0)
    """
    if isinstance(distribution, CategoricalDistribution):
        return float(distribution.to_internal_repr(value))
    low, high, measure = _range(distribution)
    return (measure(value) - measure(low)) / (measure(high) - measure(low))


def from_unit(distribution: BaseDistribution, place: float) -> Any:
    """The value at this place. A whole number has as much of the range as any other.

    >>> from_unit(IntDistribution(1, 4), 0.3), from_unit(IntDistribution(1, 4), 1.0)
    (2, 4)
    """
    if isinstance(distribution, CategoricalDistribution):
        return distribution.to_external_repr(place)
    low, high, measure = _range(distribution)
    inner = measure(low) + place * (measure(high) - measure(low))
    value = exp(inner) if measure is log else inner
    if isinstance(distribution, IntDistribution):
        return min(max(round(value), distribution.low), distribution.high)
    return min(max(value, low), high)


def _range(distribution: BaseDistribution) -> tuple[float, float, Any]:
    """The ends of a range of numbers, and by what it is measured."""
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    half = 0.5 if isinstance(distribution, IntDistribution) else 0.0
    return distribution.low - half, distribution.high + half, log if distribution.log else float
