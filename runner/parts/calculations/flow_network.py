"""Flow networks that are tables, trained to stop at objects in proportion to a reward, and the exact law that they come
to: trajectory balance (Malkin et al., NeurIPS 2022, arXiv 2201.13259), trajectory balance that is guided by parts of
rewarded objects (Shen et al., ICML 2023, arXiv 2305.07170), detailed balance, soft Q-learning, REINFORCE with entropy,
and a uniform policy that learns nothing.

Worlds: `bits` are strings that grow at both ends; of each seed another pattern is drawn, and the reward of a string is
0.01, or 1.01 where it contains the pattern. `grid` has the reward of Bengio et al. (2021): 0.01, of which 0.5 more
where both coordinates are far from the middle, and 2 more in a ring within, four states of 64 at a side of 8.

All objectives meet the same number of rewards: a batch of paths a step, of the policy as it is. Each is trained by
Adam on tables: logits of the policy, of the way back if it is learned, log Z or flows of states. The guide goes back to
parents in proportion to their scores: the mean reward of the different objects so far that contain a state (all that
can be built from it). Shen et al. have networks, replay of rewarded objects and a way back of their own; here are none
but the last. That their weight of the two targets is a half is unconfirmed.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._flow_objectives import (
    Error,
    detailed_balance,
    entropy_reinforce,
    guided_trajectory_balance,
    soft_bellman,
    trajectory_balance,
)
from runner.parts.calculations._flow_paths import Paths, masked, paths
from runner.parts.calculations._flow_world import (
    World,
    as_bits,
    bits,
    evidence,
    grid,
    reachable,
    stopped,
    uniform,
)
from runner.parts.calculations._network import descend

Array = np.ndarray
Objective = Literal[
    "trajectory_balance", "guided_trajectory_balance", "detailed_balance", "soft_q", "entropy_reinforce", "uniform"
]
METRICS = {
    "l1": ("lower", "[0, 2]", ""),
    "kl": ("lower", "[0, inf)", "nats"),
    "log_z_error": ("lower", "[0, inf)", "nats"),
    "modes_found": ("higher", "[0, 1]", ""),
    "reward_calls": ("lower", "[0, inf)", ""),
}
FLOOR, NEAR, RING = 0.01, 0.5, 2.0  # rewards
NO_LOG_Z = ("soft_q", "entropy_reinforce", "uniform")  # of these the bound on log Z that the policy gives is measured


def flow_network(
    draws: Generator,
    *,
    world: Literal["bits", "grid"],
    objective: Objective,
    size: Annotated[int, "[2, 10]"],
    pattern: Annotated[int, "[1, 10]"],
    backward: Literal["uniform", "learned"],
    weight: Annotated[float, "[0, 1]"],
    error: Error,
    first_log_z: float,
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 100000]"],
    lr: Annotated[float, "(0, 10]"],
    lr_flow: Annotated[float, "(0, 10]"],
) -> dict[str, float]:
    """How far the law of the trained policy is from R / Z, as |p - R/Z| summed and as KL(p || R/Z); how far log Z is;
    which share of the objects of the largest reward training met; and how many rewards it asked for."""
    problem, sampling = draws.spawn(2)
    place = grid(size) if world == "grid" else bits(size)
    reward = grid_reward(size) if world == "grid" else bits_reward(problem, place, pattern)
    tables = Tables.new(place, first_log_z, backward)
    optimizer = torch.optim.Adam(
        [{"params": tables.laws, "lr": lr}, {"params": [tables.log_z, tables.flow], "lr": lr_flow}]
    )
    seen, contains = np.zeros(len(reward), dtype=bool), reachable(place)
    for _ in range(steps):
        found = paths(sampling, place, tables.policy().detach().exp().numpy(), batch_size)
        seen[found.end] = True
        if objective == "uniform":
            continue
        guide = guided(place, contains, seen, reward) if objective == "guided_trajectory_balance" else None
        descend(optimizer, loss(tables, found, np.log(reward), objective, guide, weight, error))
    return measured(tables, reward, seen, objective) | {"reward_calls": float(steps * batch_size)}


@dataclass
class Tables:
    """What is trained: logits of the policy (S, A + 1) and of edges back (S, M), log Z (), log flows of states (S,)."""

    world: World
    logits: Tensor
    back: Tensor
    log_z: Tensor
    flow: Tensor

    @classmethod
    def new(cls, world: World, log_z: float, backward: str) -> "Tables":
        """Both laws uniform, and flows of 0 but that of the first state, log Z."""
        logits, back = (torch.zeros(may.shape, dtype=torch.float64) for may in (world.may(), world.has()))
        flow = torch.zeros(len(world.stops), dtype=torch.float64)
        flow[0] = log_z
        start = torch.tensor(log_z, dtype=torch.float64)
        back.requires_grad_(backward == "learned")
        return cls(world, logits.requires_grad_(), back, start.requires_grad_(), flow.requires_grad_())

    @property
    def laws(self) -> list[Tensor]:
        return [one for one in (self.logits, self.back) if one.requires_grad]

    def policy(self) -> Tensor:
        """Log probabilities (S, A + 1)."""
        return masked(self.logits, self.world.may())

    def backward(self) -> Tensor:
        """Log probabilities (S, M)."""
        return masked(self.back, self.world.has())


def loss(
    tables: Tables, found: Paths, log_reward: Array, objective: Objective, guide: Array | None, weight: float,
    kind: Error,
) -> Tensor:  # fmt: skip
    """The mean of an objective () over paths, or over their steps."""
    forward, back = found.forward(tables.policy()), found.backward(tables.backward())
    gain = torch.as_tensor(log_reward[found.end])
    if objective == "trajectory_balance":
        return trajectory_balance(forward.sum(1), back.sum(1), gain, tables.log_z, kind=kind).mean()
    if objective == "guided_trajectory_balance":
        assert guide is not None
        way = found.backward(torch.as_tensor(guide)).sum(1)
        return guided_trajectory_balance(
            forward.sum(1), back.sum(1), gain, tables.log_z, way, weight=weight, kind=kind
        ).mean()
    if objective == "entropy_reinforce":
        return entropy_reinforce(forward.sum(1), gain).mean()
    taken, moves = torch.as_tensor(found.taken), torch.as_tensor(found.moves)
    if objective == "detailed_balance":
        after = torch.where(moves, tables.flow[found.child], gain[:, None])
        return detailed_balance(tables.flow[found.state], forward, after, back)[taken].mean()
    value = tables.logits.masked_fill(torch.as_tensor(~tables.world.may()), -torch.inf)
    after = torch.where(moves, value.logsumexp(1)[found.child], gain[:, None])
    return soft_bellman(value[found.state, found.action][taken], after[taken]).mean()


def guided(world: World, contains: Array, seen: Array, reward: Array) -> Array:
    """Log probabilities (S, M) of edges back in proportion to the scores of parents; uniform where no object with a
    state in it was seen."""
    known = contains[:, seen]
    score = known @ reward[seen] / np.maximum(known.sum(axis=1), 1)
    found = np.zeros(world.has().shape)
    state, action = np.nonzero(world.slots >= 0)
    found[world.children[state, action], world.slots[state, action]] = score[state]
    total = found.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, np.log(found / total), uniform(world.has()))


def measured(tables: Tables, reward: Array, seen: Array, objective: Objective) -> dict[str, float]:
    """The exact metrics of the policy in a table."""
    world, policy = tables.world, tables.policy().detach().numpy()
    law, true = stopped(world, policy)[world.stops], reward[world.stops] / reward[world.stops].sum()
    log_z = float((tables.flow[0] if objective == "detailed_balance" else tables.log_z).detach())
    if objective in NO_LOG_Z:
        log_z = evidence(world, policy, np.log(reward), tables.backward().detach().numpy())
    kept = law > 0
    modes = world.stops & np.isclose(reward, reward[world.stops].max())
    return {
        "l1": float(np.abs(law - true).sum()),
        "kl": max(0.0, float(law[kept] @ np.log(law[kept] / true[kept]))),
        "log_z_error": abs(log_z - float(np.log(reward[world.stops].sum()))),
        "modes_found": float(seen[modes].mean()),
    }


def grid_reward(side: int) -> Array:
    """Of each state (S,); of a side of 8 the four of the largest reward are at 1 and 6."""
    off = np.abs(np.arange(side) / (side - 1) - 0.5)
    near, ring = off > 0.25, (off > 0.3) & (off < 0.4)
    return (FLOOR + NEAR * np.outer(near, near) + RING * np.outer(ring, ring)).ravel()


def bits_reward(draws: Generator, world: World, length: int) -> Array:
    """Of each state (S,), by a pattern of so many bits that is drawn; of what is no object it is not read."""
    pattern = "".join(map(str, draws.integers(2, size=length)))
    return np.array([FLOOR + (pattern in as_bits(state)) for state in range(len(world.stops))])
