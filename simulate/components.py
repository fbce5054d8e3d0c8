"""How often do the intervals of components of variance hold the truth?

The 95% intervals of `python -m runner.variance`, of n draws of a source, four at each point: of the source's variance,
of its ratio to that of as many draws in one group, and of what pairing saves, where that is a half of the variance of a
difference. Twenty values do not say how heavy their tails are: of skewed and heavy-tailed ones, and where one in ten
collapses, the first two are too narrow.
"""

from collections.abc import Callable

import numpy as np

from runner.statistics.components import component, pairing, ratio
from runner.statistics.values import Array
from simulate.rates import Rate
from simulate.scatter import SCATTERS

SEEDS = (8, 20, 48)
EACH = 4  # at a point
REPETITIONS = 500
Draw = Callable[[], Array]


def measure() -> list[Rate]:
    asked = {"the variance": _variance, "the ratio of variances": _ratio, "what pairing saves": _pairing}
    return [
        Rate(f"the interval holds {what}", kind, n, _share(held, kind, n), REPETITIONS, ("at least", 0.95))
        for what, held in asked.items()
        for kind in SCATTERS
        for n in SEEDS
    ]


def _share(held: Callable[[Draw], bool], kind: str, n: int) -> float:
    rng = np.random.default_rng(n)
    return sum(held(lambda: SCATTERS[kind](rng, (n // EACH, EACH))) for _ in range(REPETITIONS)) / REPETITIONS


def _variance(draw: Draw) -> bool:
    found = component(list(draw()))
    return found.low <= 1 <= found.high


def _ratio(draw: Draw) -> bool:
    found = ratio(component(list(draw())), component([draw().ravel()]))
    return found.low <= 1 <= found.high


def _pairing(draw: Draw) -> bool:
    common, one, other = draw(), draw(), draw()
    found = pairing(list(np.stack([one + common, other + common], axis=-1)))
    return found.low <= 0.5 <= found.high
