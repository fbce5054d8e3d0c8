"""Trials that fill their space evenly, where there are too few of them to learn from.

Of few points drawn at random some lie close together, and others leave gaps. The sequence of Halton (1960, "On the
efficiency of certain quasi-random sequences of points in evaluating multi-dimensional integrals"), its digits permuted
at random (Owen, 2017, "A randomized Halton algorithm in R"), is that of scipy. Optuna's QMCSampler has it too, but
draws choices at random, and keeps in the study how far it is, where here a trial has to be the same whenever it is
drawn.
"""

from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution

from runner.compose.dimension import Dimension
from runner.tuning.unit import from_unit

if TYPE_CHECKING:
    from runner.tuning.space import Space


def quasi_random(space: "Space", seed: int, number: int) -> dict[str, Any]:
    """{key: value} of point `number`, counted from 1, of the sequence of this seed.

    The first key has the same values in every space, and so do the first two, whatever keys come after them.
    """
    from scipy.stats import qmc

    if not space:
        return {}
    (place,) = qmc.Halton(len(space), scramble=True, seed=seed).fast_forward(number - 1).random(1).tolist()
    return {key: _value(searched, share) for (key, searched), share in zip(space.items(), place, strict=True)}


def _value(searched: Dimension, share: float) -> Any:
    """The value at this share of a range, in [0, 1); of choices each has as much of it."""
    its = searched.distribution
    if isinstance(its, CategoricalDistribution):
        return from_unit(its, int(share * len(its.choices)))
    return searched.rounded(from_unit(its, share))
