"""How far below the best of its space is what eight trials select?

The learning rate of cross-entropy on clean digits, from 0.001 to 1, whose accuracy was measured with 24 seeds at eight
values. A trial is judged by n seeds, each of which has 143 validation examples of its own. Trials were drawn at random,
and the defaults were none of them; now the defaults are the first, and the others fill the space evenly. Trials of
claims had two seeds, and have eight.
"""

from functools import cache
from math import log

import numpy as np
from optuna import create_study, logging

from runner.comparison.tuning import Search
from runner.compose.dimension import dimension
from runner.statistics.values import Array
from runner.tuning.space import drawn
from simulate.rates import Rate

SPACE = {"optimizer.lr": dimension("optimizer.lr", "log(1e-3,1)")}
DEFAULTS = {"optimizer.lr": 0.1}
RATES = (0.001, 0.002, 0.0047, 0.011, 0.026, 0.063, 0.1, 0.15, 0.35, 1.0)
ACCURACY = (0.93, 0.9544, 0.9662, 0.972, 0.9752, 0.9765, 0.9779, 0.9787, 0.9782, 0.97)  # both ends are guessed
HELD_OUT = 143
TRIALS = 8
SEEDS = (1, 2, 4, 8, 16)
REPETITIONS = 300
HOW = {"at random": ("random", False), "defaults and at random": ("random", True), "evenly": ("tpe", False),
       "defaults and evenly": ("tpe", True)}  # fmt: skip


def measure() -> list[Rate]:
    """Of each way to draw trials, how often what they select is half a point, or more, below the best."""
    return [
        Rate("half a point below the best", how, seeds, float((below(how, seeds) > 0.5).mean()), REPETITIONS)
        for how in HOW
        for seeds in SEEDS
    ]


def below(how: str, seeds: int) -> Array:
    """(REPETITIONS,) points that what is selected, by trials of so many seeds, is below the best of the space."""
    true = _tried(*HOW[how])
    judged = np.random.default_rng(0).binomial(seeds * HELD_OUT, true)
    return 100 * (max(ACCURACY) - true[np.arange(REPETITIONS), judged.argmax(axis=1)])


@cache
def _tried(sampler: str, defaults: bool) -> Array:
    """(REPETITIONS, TRIALS) true accuracies of what is tried."""
    logging.set_verbosity(logging.WARNING)
    study = create_study()
    searches = [Search("val/accuracy", "last", sampler, seed) for seed in range(REPETITIONS)]
    numbers = range(TRIALS) if defaults else range(1, TRIALS + 1)
    rates = [[drawn(SPACE, DEFAULTS, each, study, number)["optimizer.lr"] for number in numbers] for each in searches]
    return np.interp(np.log(rates), [log(rate) for rate in RATES], ACCURACY)
