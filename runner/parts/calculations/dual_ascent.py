"""A gap between groups that is constrained by dual ascent: the last network of the ascent keeps to the constraint, the
better the wider it is, so that no average over networks is called for (Elenter, Chamon and Ribeiro, Near-Optimal
Solutions of Constrained Learning Problems, ICLR 2024).

The problem is the least cross-entropy such that gap <= c, where the gap (demographic parity) is the mean probability
of class 1 in group 1 less that in group 0. Class 1 is more frequent in group 1, so that the constraint binds on this
side. Dual ascent takes steps of a network on

    L(theta, m) = cross-entropy + m (gap - c)

for a fixed multiplier m, and then m <- max(0, m + dual_lr (gap - c)), from m = 0. The network is kept from one
multiplier to the next, so its minimum is approximate. Where m was never cut off at 0, the mean of gap - c over all
networks is m at the end / (dual_lr rounds) exactly, and falls as 1 / rounds whatever the network.

In each group and class x ~ N(centre, I) in the plane. A seed draws a centre of each class, and how far that of each
group is from it. The network has one hidden layer of tanh units. All that is measured is of the examples of training,
of which the theorem speaks.

The defaults (200 examples, 5 steps a round, both rates) and how far centres scatter were chosen on seeds 100 to 103, so
that the gap of the last wide network does not swing.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator

from runner.parts.calculations._network import Network, descend, tensor

METRICS = {
    "violation": ("lower", "[0, 1]", ""),  # max(0, gap - c)
    "loss": ("lower", "[0, inf)", "nats"),
    "multiplier": ("lower", "[0, inf)", ""),  # at the end
    "gap": ("lower", "[-1, 1]", ""),
}
CLASSES, GROUPS = 1.5, 0.75  # standard deviations of a class's centre, and of a group's from it
SHARES = (0.3, 0.7)  # of class 1, in group 0 and in group 1


def dual_ascent(
    draws: Generator,
    *,
    iterate: Literal["last", "average"],
    width: Annotated[int, "[1, 100000]"],
    allowed: Annotated[float, "[0, 1]"],
    examples: Annotated[int, "[10, 1000000]"],
    rounds: Annotated[int, "[1, 100000]"],
    steps: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
    dual_lr: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """Violation, loss and gap of the last network, or of a draw from the networks of all multipliers in the mean."""
    problem, start = draws.spawn(2)
    x, y, group = people(problem, examples)
    inputs, targets, first = tensor(x), tensor(y), torch.as_tensor(group == 1)
    network = Network(start, (2, width, 1), ["tanh"])
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    losses: list[float] = []

    def measured() -> tuple[torch.Tensor, torch.Tensor]:
        logits = network(inputs)[:, 0]
        chances = logits.sigmoid()
        return F.binary_cross_entropy_with_logits(logits, targets), chances[first].mean() - chances[~first].mean()

    def excess(multiplier: float) -> float:
        for _ in range(steps):
            loss, gap = measured()
            descend(optimizer, loss + multiplier * gap)
        with torch.no_grad():
            loss, gap = measured()
        losses.append(float(loss))
        return float(gap) - allowed

    multipliers, excesses = ascent(excess, dual_lr, rounds)
    kept = slice(-1, None) if iterate == "last" else slice(None)
    over = float(np.mean(excesses[kept]))
    return {
        "violation": max(0.0, over),
        "loss": float(np.mean(losses[kept])),
        "multiplier": multipliers[-1],
        "gap": over + allowed,
    }


def ascent(excess: Callable[[float], float], rate: float, rounds: int) -> tuple[list[float], list[float]]:
    """Multipliers after each round, from 0, and by how much the constraint was exceeded in each.

    excess: a multiplier -> the constrained quantity less what is allowed, at the minimum that the multiplier has.
    """
    multipliers, excesses = [0.0], []
    for _ in range(rounds):
        excesses.append(excess(multipliers[-1]))
        multipliers.append(max(0.0, multipliers[-1] + rate * excesses[-1]))
    return multipliers[1:], excesses


def people(draws: Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (N, 2), class (N,) as 0.0 and 1.0, and group (N,); half of all people are in each group."""
    centres = draws.normal(0, CLASSES, (1, 2, 2)) + draws.normal(0, GROUPS, (2, 2, 2))
    group = np.arange(count) % 2
    y = (draws.uniform(size=count) < np.array(SHARES)[group]).astype(np.int64)
    return centres[group, y] + draws.normal(size=(count, 2)), y.astype(np.float64), group
