"""Paths that policies take through a small world, and what a table says along them."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._flow_world import World

Array = np.ndarray


@dataclass(frozen=True)
class Paths:
    """B paths, each of its own length, with T places; after the end of a path nothing counts.

    Attributes:
        state, action: (B, T) where a path is, and what it does there; the last thing it does is to stop.
        child, slot: (B, T) the state that it comes to, and by which of its edges; 0 where it stops, and after.
        taken, moves: (B, T) bool, is it an action, and one that does not stop?
        end: (B,) the object.
    """

    state: Array
    action: Array
    child: Array
    slot: Array
    taken: Array
    moves: Array
    end: Array

    def forward(self, log_policy: Tensor) -> Tensor:
        """Log probabilities (B, T) of what a path does, by a policy (S, A + 1) or one of each path (B, S, A + 1)."""
        row = (np.arange(len(self.end))[:, None],) if log_policy.dim() == 3 else ()
        return torch.where(torch.as_tensor(self.taken), log_policy[(*row, self.state, self.action)], 0.0)

    def backward(self, log_backward: Tensor) -> Tensor:
        """Log probabilities (B, T) of the edges back (S, M)."""
        return torch.where(torch.as_tensor(self.moves), log_backward[self.child, self.slot], 0.0)


def paths(draws: Generator, world: World, policy: Array, count: int) -> Paths:
    """So many paths of a policy, probabilities (S, A + 1) or one of each path (B, S, A + 1)."""
    longest = int(world.levels.max()) + 1
    stop, row = world.children.shape[1], np.arange(count)
    bounds = np.broadcast_to(policy.cumsum(-1), (count, *policy.shape[-2:]))
    chances = draws.uniform(size=(count, longest))
    state, action = np.zeros((count, longest), dtype=np.int64), np.full((count, longest), stop)
    at, on = np.zeros(count, dtype=np.int64), np.zeros((count, longest), dtype=bool)
    going = np.ones(count, dtype=bool)
    for t in range(longest):
        bound = bounds[row, at]
        chosen = (chances[:, t, None] * bound[:, -1:] >= bound).sum(axis=1)
        state[:, t], on[:, t] = at, going
        action[going, t] = chosen[going]
        going = going & (action[:, t] != stop)
        at = np.where(going, world.children[at, np.minimum(action[:, t], stop - 1)], at)
    moves = on & (action != stop)
    edge = (state, np.minimum(action, stop - 1))
    child, slot = np.where(moves, world.children[edge], 0), np.where(moves, world.slots[edge], 0)
    return Paths(state, action, child, slot, on, moves, at)


def masked(logits: Tensor, may: Array) -> Tensor:
    """Log probabilities along the last axis of what may be; a row of nothing has zeros."""
    none = ~may.any(-1, keepdims=True)
    return logits.masked_fill(torch.as_tensor(~may & ~none), -torch.inf).log_softmax(-1).masked_fill(
        torch.as_tensor(none), 0.0
    )  # fmt: skip
