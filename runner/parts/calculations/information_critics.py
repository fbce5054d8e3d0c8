"""Are representations of which more mutual information is estimated those from which labels are read best? Not so in
general (Tschannen et al., "On Mutual Information Maximization for Representation Learning", ICLR 2020).

Two encoders, of upper and of lower halves of scikit-learn's digits, are trained so that a bound of the information
between their outputs is large. Bounds are InfoNCE and that of Nguyen, Wainwright and Jordan (NWJ); critics are
bilinear, separable and joint (runner/parts/calculations/_critics.py). The encoders have one shape and one start in all
six arms. The estimate is the mean over batches of test images of the bound that was trained. The accuracy is that of a
linear probe on what the encoder makes of upper halves.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import product
from typing import Annotated

import numpy as np
import torch
from numpy.random import Generator
from scipy.stats import spearmanr
from torch import Tensor

from losses.scores.infonce import InfoNCE
from losses.scores.nwj import NWJ
from runner.parts.calculations._critics import CRITICS, Critic, Decode, adam, train_both
from runner.parts.calculations._digits import digits
from runner.parts.calculations._halves import HALF, halves, pairs, probed
from runner.parts.calculations._network import Network

METRICS = {
    "rank_correlation": ("lower", "[-1, 1]", ""),  # Spearman's, of estimates and accuracies
    "best_estimate_lag": ("lower", "[0, 1]", ""),  # in accuracy, of the largest estimate behind the best accuracy
    "accuracy_range": ("higher", "[0, 1]", ""),
    "estimate_range": ("higher", "[0, inf)", "nats"),
}
BOUNDS: dict[str, Decode] = {"infonce": InfoNCE().decode, "nwj": NWJ().decode}


def information_critics(
    draws: Generator,
    *,
    train_size: Annotated[int, "[10, 1700]"],
    size: Annotated[int, "[1, 1000]"],
    hidden: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 1000]"],
    lr: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """How estimates and accuracies of three critics and two bounds go together."""
    split, start, order = draws.spawn(3)
    train, test = digits(split, train_size)
    found = []
    for critic, bound in product(CRITICS, BOUNDS):
        begin, shuffled = deepcopy(start), deepcopy(order)  # all six have one start and the same batches
        encoders = [Network(begin, (HALF, hidden, size), ["relu"]) for _ in range(2)]
        judge, decode = Critic(begin, critic, size, hidden), BOUNDS[bound]
        optimizer = adam([*encoders, judge], lr)
        train_both(encoders, judge, decode, pairs(shuffled, train[0], batch_size, steps), optimizer)
        with torch.no_grad():
            features = [encoders[0](halves(x)[0]) for x, _ in (train, test)]
            estimate = estimated(encoders, judge, decode, test[0], batch_size)
        found.append((estimate, probed((features[0], train[1]), (features[1], test[1]))))
    return compared(*np.array(found).T)


def compared(estimates: np.ndarray, accuracies: np.ndarray) -> dict[str, float]:
    """All of METRICS, of an estimate and an accuracy of each arm.

    Where one of the two is the same in all arms, no arm is before another, and the rank correlation counts as 0.
    """
    alike = np.ptp(estimates) == 0 or np.ptp(accuracies) == 0
    return {
        "rank_correlation": 0.0 if alike else float(np.clip(spearmanr(estimates, accuracies).statistic, -1, 1)),
        "best_estimate_lag": float(accuracies.max() - accuracies[np.argmax(estimates)]),
        "accuracy_range": float(np.ptp(accuracies)),
        "estimate_range": float(np.ptp(estimates)),
    }


def estimated(
    encoders: Sequence[Callable[[Tensor], Tensor]], critic: Critic, decode: Decode, x: Tensor, size: int
) -> float:
    """The mean over batches of so many images, of which a last one that is smaller is left out."""
    starts = range(0, len(x) - size + 1, size)
    sides = (halves(x[start : start + size]) for start in starts)
    values = [float(decode(critic(encoders[0](upper), encoders[1](lower)))) for upper, lower in sides]
    return float(np.mean(values))
