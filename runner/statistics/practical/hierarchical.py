"""Is one objective worse, alike or better on a data set to come? The hierarchical correlated t test.

Corani, Benavoli, Demsar, Mangili and Zaffalon (Machine Learning 106, 2017), with the priors of baycomp 1.0.3:

    x_i ~ N(mu_i 1, sigma_i^2 ((1 - rho) I + rho 1 1')),    mu_i ~ t_nu(mu_0, sigma_0)

for the differences x_i of data set i. mu_0 is uniform within +-max |x|, sigma_0 and sigma_i are uniform above 0, and
nu - 1 is gamma(a, b), with a uniform in [1, 2] and b in [0.01, 0.1]. baycomp bounds sigma_0 and sigma_i by 1,000 times
what the data show. It samples by Stan; here numbers are integrated:

- sigma_i by hand, which leaves Student's t with n - 2 degrees of freedom about the mean of data set i;
- mu_i as both t are normal given their precisions, so that their convolution is a sum of normal densities;
- mu_0, sigma_0 and nu on a grid, which is fine where the data sets are sure.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.values import Array, all_equal

MEANS, SPREADS, FREEDOMS = 61, 45, 14  # nodes of mu_0, sigma_0 and nu
OWN, SHARED = 8, 12  # nodes of a precision of a data set's t, and of that of all data sets
FINER = 4  # times as fine is the grid on which the regions are counted, in mu_0 and in sigma_0
SHAPES, RATES = (1.0, 2.0), (0.01, 0.1)  # of the gamma distribution of nu - 1


class Posterior(NamedTuple):
    """Of what all data sets have in common.

    Attributes:
        mean: (U,) mu_0, in the unit of the differences.
        spread: (V,) sigma_0.
        freedom: (W,) nu.
        weight: (U, V, W), with sum 1.
    """

    mean: Array
    spread: Array
    freedom: Array
    weight: Array


def hierarchical_posterior(
    differences: Sequence[ArrayLike], rope: float, correlation: float = 0.0
) -> tuple[float, float, float]:
    """Posterior probabilities that an objective is worse, alike and better on most data sets.

    A value of (mu_0, sigma_0, nu) is counted where the difference on the next data set then most probably lies: below
    -rope, within +-rope or above. On a grid twice as fine the six kept cases differ by 0.004 at most, and baycomp's
    samples of 40,000 by 0.01.

    Args:
        differences: of each data set (n,) of its seeds, n >= 3, more is better; two data sets or more.
        rope: in their unit, above 0.
        correlation: rho in [0, 1), of two differences of a data set: 0 for seeds on one fixed test set, 1 / k for the k
            folds of a cross-validation (Nadeau and Bengio, 2003).

    Returns:
        Three numbers in [0, 1] with sum 1; nan where data sets are fewer than two, where one has fewer than three
        differences or they are all equal, and where one is not finite.

    >>> seeds = [[0.03, 0.05, 0.04, 0.06], [0.04, 0.06, 0.05, 0.07], [0.02, 0.05, 0.05, 0.04]]
    >>> [round(each, 1) for each in hierarchical_posterior(seeds, rope=0.01)]
    [0.0, 0.0, 1.0]

    Raises:
        ValueError: rope is not above 0.
    """
    from scipy import special

    if not rope > 0:
        raise ValueError(f"rope={rope} must be above 0")
    found = hyperposterior(differences, correlation)
    if found is None:
        return (math.nan,) * 3
    mean, spread, weight = _finer(found)
    above, below = (
        special.stdtr(found.freedom, (way * mean[:, None, None] - rope) / spread[:, None]) for way in (1, -1)
    )
    most = np.argmax([below, 1 - below - above, above], axis=0)
    worse, same, better = np.bincount(most.ravel(), weights=weight.ravel(), minlength=3)
    return float(worse), float(same), float(better)


def hyperposterior(differences: Sequence[ArrayLike], correlation: float = 0.0) -> Posterior | None:
    """What data sets have in common; None where it is not known. See `hierarchical_posterior`."""
    sets = [np.asarray(each, dtype=np.float64) for each in differences]
    if len(sets) < 2 or any(x.size < 3 or not np.isfinite(x).all() or all_equal(x) for x in sets):
        return None
    unit = max(float(np.abs(x).max()) for x in sets)
    n = np.array([x.size for x in sets])
    middle = np.array([x.mean() for x in sets]) / unit
    squares = np.array([np.square(x - x.mean()).sum() for x in sets]) / unit**2
    sure = np.sqrt(squares / (n - 2) * (1 + (n - 1) * correlation) / (n * (1 - correlation)))
    closest = 1 / math.sqrt(np.square(1 / sure).sum())
    centre = float(np.square(closest / sure) @ middle)
    ends = [math.asinh((end - centre) / closest) for end in (-1.0, 1.0)]
    z = np.linspace(ends[0], ends[1], MEANS)
    mean, spread = centre + closest * np.sinh(z), np.geomspace(0.03 * closest, 100, SPREADS)
    beyond = np.geomspace(0.03, 1000, FREEDOMS)  # nu - 1
    prior = np.log(np.cosh(z))[:, None, None] + np.log(spread)[:, None] + np.log(_prior(beyond) * beyond)
    logs = prior + sum(
        _convolved(m - mean, s, k - 2, spread, beyond + 1) for m, s, k in zip(middle, sure, n, strict=True)
    )
    weight = np.exp(logs - logs.max())
    return Posterior(unit * mean, unit * spread, beyond + 1, weight / weight.sum())


def _prior(beyond: Array) -> Array:
    """Density of nu - 1, up to a constant: of the gamma distribution, over its shapes and rates (Gauss-Legendre)."""
    from scipy import special

    nodes, shares = np.polynomial.legendre.leggauss(16)
    (a, b) = ((low + high + (high - low) * nodes) / 2 for low, high in (SHAPES, RATES))
    logs = a * np.log(b[:, None]) - special.gammaln(a) + (a - 1) * np.log(beyond)[:, None, None]
    return np.asarray(np.exp(logs - b[:, None] * beyond[:, None, None]) @ shares @ shares)


def _convolved(apart: Array, sure: float, freedom: int, spread: Array, freedoms: Array) -> Array:
    """(U, V, W) log density of a data set's mean at distance (U,) from mu_0."""
    own, share = _precisions(float(freedom), OWN)
    found = np.empty((apart.size, spread.size, freedoms.size))
    for place, nu in enumerate(freedoms):
        w, chance = _precisions(float(nu), SHARED)
        variance = (sure**2 / own)[:, None] + np.square(spread)[:, None, None] / w
        density = np.exp(-0.5 * np.square(apart)[:, None, None, None] / variance) / np.sqrt(variance)
        found[:, :, place] = np.log(np.einsum("uvab,a,b->uv", density, share, chance) + 1e-300)
    return found


def _precisions(freedom: float, nodes: int) -> tuple[Array, Array]:
    """(nodes,) precisions w of which N(0, 1 / w) make Student's t, and their shares: w is gamma(nu / 2, nu / 2).

    They are evenly spaced in log w, where the density falls to e^-8 of its highest.
    """
    half = freedom / 2
    logs = np.linspace(-4 / math.sqrt(half) - 4 / half, math.log(1 + 9 / half + 4 / math.sqrt(half)), nodes)
    density = np.exp(half * (1 + logs - np.exp(logs)))
    return np.exp(logs), density / density.sum()


def _finer(found: Posterior) -> tuple[Array, Array, Array]:
    """(U',) mu_0, (V',) sigma_0 and (U', V', W) weights on a finer grid, between whose nodes the weights are drawn as
    lines."""
    mean, spread, weight = found.mean, np.log(found.spread), found.weight
    for axis in (0, 1):
        nodes = mean if axis == 0 else spread
        place = np.linspace(0, nodes.size - 1, FINER * (nodes.size - 1) + 1)
        low = np.minimum(place.astype(int), nodes.size - 2)
        part = place - low
        between = part.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        weight = np.take(weight, low, axis) * (1 - between) + np.take(weight, low + 1, axis) * between
        nodes = nodes[low] * (1 - part) + nodes[low + 1] * part
        mean, spread = (nodes, spread) if axis == 0 else (mean, nodes)
    return mean, np.exp(spread), weight / weight.sum()
