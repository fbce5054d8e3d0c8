"""Flow networks for two goals, and how much of the front of best compromises the exact law of a trained policy has:
an order-preserving flow network (Chen and Mauch, ICLR 2024, arXiv 2310.00386), one that is conditioned on preferences
(MOGFN-PC: Jain et al., Multi-Objective GFlowNets, ICML 2023, arXiv 2210.12765), trajectory balance of one sum of the
goals, and a uniform policy.

A state of a grid is an object with two goals between 0.1 and 1. `bumps` are drawn for each seed: a goal is the
largest of some Gaussian bumps with a deviation of 0.2 of the side. `branin_currin` are Branin's function, turned
round, and Currin's, each brought from 0.1 to 1 on the grid. The front are the states that no other one dominates.

- `scalarised`: trajectory balance of log R = beta log(mean of the goals).
- `conditioned`: the same of log R = beta log(w R_1 + (1 - w) R_2), another w of each path, uniform. Logits and log Z
  are sums of tables over a thermometer of w: the k-th of K tables counts where w >= k / K. All but the first count for
  1 / K, for otherwise a step of Adam moves large w by K steps; without that one of two instances trained badly. Jain
  et al. have a network, and draw w from Dirichlet laws; of two goals the one with alpha = 1 is uniform. Their beta,
  alpha and thermometer are in doubt, and ours are ours.
- `order_preserving`: of a batch of paths the predicted log R is log P_F - log P_B, to a constant; its softmax is
  brought to the uniform law on the batch's own front. No goal's size counts, only the order.

The way back is uniform. The law of a conditioned policy is its mean over w. What `drawn` objects of the law come to is
an expectation, computed from the law: the share of the front among them, and the part of the front's hypervolume, from
the origin, that they dominate.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._flow_objectives import non_dominated, pareto_order, scalarised, trajectory_balance
from runner.parts.calculations._flow_paths import masked, paths
from runner.parts.calculations._flow_world import World, grid, stopped, uniform
from runner.parts.calculations._network import descend

Array = np.ndarray
Objective = Literal["order_preserving", "scalarised", "conditioned", "uniform"]
METRICS = {
    "coverage": ("higher", "[0, 1]", ""),
    "hypervolume": ("higher", "[0, 1]", ""),
    "front_mass": ("higher", "[0, 1]", ""),
    "reward_calls": ("lower", "[0, inf)", ""),
}
LEAST, WIDTH = 0.1, 0.2  # of a goal, and of a bump


def flow_front(
    draws: Generator,
    *,
    objective: Objective,
    goals: Literal["bumps", "branin_currin"],
    side: Annotated[int, "[2, 32]"],
    peaks: Annotated[int, "[1, 100]"],
    beta: Annotated[float, "(0, 1000]"],
    thermometer: Annotated[int, "[1, 100]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 100000]"],
    lr: Annotated[float, "(0, 10]"],
    lr_flow: Annotated[float, "(0, 10]"],
    drawn: Annotated[int, "[1, 1000000]"],
) -> dict[str, float]:
    """Of the trained policy's law, what `drawn` objects have of the front, of its hypervolume, and the law's mass on
    the front; and how many objects had their goals read."""
    problem, preferences, sampling = draws.spawn(3)
    world = grid(side)
    values = bumps(problem, side, peaks) if goals == "bumps" else branin_currin(side)
    tables = Conditioned(world, thermometer if objective == "conditioned" else 1)
    optimizer = torch.optim.Adam([{"params": [tables.logits], "lr": lr}, {"params": [tables.log_z], "lr": lr_flow}])
    back, reward = torch.as_tensor(uniform(world.has())), torch.as_tensor(values)
    for _ in range(steps if objective != "uniform" else 0):
        w = preferences.uniform(size=batch_size) if objective == "conditioned" else np.full(batch_size, 0.5)
        policy = tables.policy(w)
        found = paths(sampling, world, policy.detach().exp().numpy(), batch_size)
        forward, backward = found.forward(policy).sum(1), found.backward(back).sum(1)
        met = reward[found.end]
        if objective == "order_preserving":
            descend(optimizer, pareto_order(forward - backward, met))
        else:
            gain = scalarised(met, torch.as_tensor(np.column_stack([w, 1 - w])), beta)
            descend(optimizer, trajectory_balance(forward, backward, gain, tables.first(w)).mean())
    law = tables.law()
    front = non_dominated(reward).numpy()
    best = hypervolume(values, front / front.sum(), np.inf)
    return {
        "coverage": float(np.mean(1 - (1 - law[front]) ** drawn)),
        "hypervolume": min(1.0, hypervolume(values, law, drawn) / best),
        "front_mass": min(1.0, float(law[front].sum())),
        "reward_calls": float(steps * batch_size),
    }


class Conditioned:
    """Tables of the policy's logits (K, S, A + 1) and of log Z (K,), of which the first count for a preference."""

    def __init__(self, world: World, count: int) -> None:
        self.world, self.count = world, count
        self.share = torch.full((count,), 1 / count, dtype=torch.float64)
        self.share[0] = 1.0
        self.logits = torch.zeros((count, *world.may().shape), dtype=torch.float64, requires_grad=True)
        self.log_z = torch.zeros(count, dtype=torch.float64, requires_grad=True)

    def policy(self, w: Array) -> Tensor:
        """Log probabilities (B, S, A + 1) of each preference w (B,) in [0, 1]."""
        return masked((self.share[:, None, None] * self.logits).cumsum(0)[self.level(w)], self.world.may())

    def first(self, w: Array) -> Tensor:
        """Log Z (B,) of each preference."""
        return (self.share * self.log_z).cumsum(0)[self.level(w)]

    def level(self, w: Array) -> Array:
        """The last table (B,) that counts."""
        return np.minimum((w * self.count).astype(np.int64), self.count - 1)

    def law(self) -> Array:
        """The probability (S,) to stop at each state, mean over all w: it is one law between two marks."""
        marks = (np.arange(self.count) + 0.5) / self.count
        return np.mean([stopped(self.world, policy) for policy in self.policy(marks).detach().numpy()], axis=0)


def hypervolume(values: Array, law: Array, drawn: float) -> float:
    """The expected area that is dominated, from the origin, by so many draws of a law (S,) of two goals (S, 2).

    A point is dominated by one draw with the probability that both goals are at least as large there; without end of
    draws, if that is more than 0. Between values that goals have it is the same everywhere.
    """
    first, second = (np.unique(goal) for goal in values.T)
    above = (values[:, 0] >= first[:, None]) * law @ (values[:, 1] >= second[:, None]).T
    area = np.outer(np.diff(first, prepend=0.0), np.diff(second, prepend=0.0))
    chance = (above > 0).astype(float) if np.isinf(drawn) else 1 - (1 - np.minimum(above, 1)) ** drawn
    return float((area * chance).sum())


def bumps(draws: Generator, side: int, peaks: int) -> Array:
    """Two goals (S, 2), each the largest of some bumps whose middles are drawn from the unit square."""
    place = np.stack(np.divmod(np.arange(side**2), side), axis=1) / (side - 1)
    middle = draws.uniform(size=(2, peaks, 1, 2))
    height = np.exp(-((place - middle) ** 2).sum(axis=-1) / (2 * WIDTH**2))
    return (LEAST + (1 - LEAST) * height.max(axis=1)).T


def branin_currin(side: int) -> Array:
    """Two goals (S, 2) of the unit square, the more the better, each from 0.1 to 1."""
    first, second = np.stack(np.divmod(np.arange(side**2), side)) / (side - 1)
    both = np.column_stack([-branin(first, second), currin(first, second)])
    low, high = both.min(axis=0), both.max(axis=0)
    return LEAST + (1 - LEAST) * (both - low) / (high - low)


def branin(first: Array, second: Array) -> Array:
    """Branin's function of the unit square, which stands for [-5, 10] x [0, 15]; its least value is 0.397887."""
    x, y = 15 * first - 5, 15 * second
    return (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def currin(first: Array, second: Array) -> Array:
    """Currin's function of the unit square; its largest value is 13.7987, at (0.2167, 0)."""
    with np.errstate(divide="ignore"):
        edge = 1 - np.exp(-1 / (2 * second))
    return edge * (2300 * first**3 + 1900 * first**2 + 2092 * first + 60) / (
        100 * first**3 + 500 * first**2 + 4 * first + 20
    )  # fmt: skip
