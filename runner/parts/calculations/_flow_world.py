"""Small worlds in which objects are built by steps, and the exact laws of policies that build them.

A state is built from the first one by actions; stopping gives the object that it is. A flow network is a policy that
stops at an object x with a probability in proportion to its reward R(x) (Bengio et al., Flow Network based Generative
Models for Non-Iterative Diverse Candidate Generation, NeurIPS 2021, arXiv 2106.04399). Here all states are counted, so
that the law of a policy and the flows of a reward follow by dynamic programming, without samples.
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
NONE = -1  # no such action, or no such edge


@dataclass(frozen=True)
class World:
    """States 0 to S - 1, of which 0 is the first; actions 0 to A - 1, and A, which stops.

    Attributes:
        children: (S, A) the state that an action leads to, or -1.
        stops: (S,) bool, is the state an object?
        levels: (S,) how many actions it took, the same along all paths.
        slots: (S, A) which of the edges into its child an action is, or -1.
        parents: (S,) how many edges lead into a state.
    """

    children: Array
    stops: Array
    levels: Array
    slots: Array
    parents: Array

    def may(self) -> Array:
        """Which actions a state has, the one that stops last: (S, A + 1) bool."""
        return np.column_stack([self.children != NONE, self.stops])

    def has(self) -> Array:
        """Which slots of edges into it a state has: (S, M) bool."""
        return np.arange(max(1, self.parents.max())) < self.parents[:, None]

    def edges(self, level: int) -> tuple[Array, Array]:
        """States of a level and their actions that do not stop, (E,) each."""
        state, action = np.nonzero((self.children != NONE) & (self.levels == level)[:, None])
        return state, action


def world(children: Array, stops: Array, levels: Array) -> World:
    """A world whose edges into each state are numbered in the order of states and actions."""
    slots, parents = np.full_like(children, NONE), np.zeros(len(children), dtype=np.int64)
    for state, action in zip(*np.nonzero(children != NONE), strict=True):
        child = children[state, action]
        slots[state, action] = parents[child]
        parents[child] += 1
    return World(children, stops, levels, slots, parents)


def grid(side: int) -> World:
    """Two coordinates from 0 to side - 1; an action adds 1 to one of them, and every state is an object. State number:
    side times the first coordinate plus the second."""
    first, second = np.divmod(np.arange(side**2), side)
    down = np.where(first < side - 1, np.arange(side**2) + side, NONE)
    right = np.where(second < side - 1, np.arange(side**2) + 1, NONE)
    return world(np.column_stack([down, right]), np.ones(side**2, dtype=bool), first + second)


def bits(length: int) -> World:
    """Strings of bits that grow by a 0 or a 1 at their end (actions 0, 1) or at their front (2, 3); those of full
    length are objects. To the empty string only an end is added. State number: 2^n - 1 plus the n bits' number.

    Two edges lead into each string of two bits or more, from what lacks its first and from what lacks its last bit;
    these are two also where both are one string, as of 00.
    """
    size = 2 ** (length + 1) - 1
    levels = np.log2(np.arange(size) + 1).astype(np.int64)
    number = np.arange(size) + 1 - 2**levels
    after = 2 ** (levels + 1) - 1
    ends = [after + 2 * number + bit for bit in (0, 1)]
    fronts = [np.where(levels > 0, after + number + bit * 2**levels, NONE) for bit in (0, 1)]
    children = np.column_stack([*ends, *fronts])
    children[levels == length] = NONE
    return world(children, levels == length, levels)


def as_bits(state: int) -> str:
    """The string of bits that a state of `bits` is."""
    return bin(state + 1)[3:]


def reachable(world: World) -> Array:
    """Which states (S, S) can be built from a state, itself among them."""
    found = np.eye(len(world.stops), dtype=bool)
    for level in range(world.levels.max() - 1, -1, -1):
        for state, action in zip(*world.edges(level), strict=True):
            found[state] |= found[world.children[state, action]]
    return found


def visits(world: World, log_policy: Array) -> Array:
    """The probability (S,) that a policy, log probabilities (S, A + 1), comes to each state."""
    found = np.zeros(len(world.stops))
    found[0] = 1.0
    for level in range(world.levels.max()):
        state, action = world.edges(level)
        np.add.at(found, world.children[state, action], found[state] * np.exp(log_policy[state, action]))
    return found


def stopped(world: World, log_policy: Array) -> Array:
    """The probability (S,) that a policy stops at each state."""
    return visits(world, log_policy) * np.where(world.stops, np.exp(log_policy[:, -1]), 0.0)


def uniform(may: Array) -> Array:
    """Log probabilities of a uniform law over what each row may do; -inf for what it may not, 0 of a row of nothing."""
    count = may.sum(axis=1, keepdims=True)
    return np.where(may, -np.log(np.maximum(count, 1)), np.where(count > 0, -np.inf, 0.0))


def flows(world: World, log_reward: Array, log_backward: Array) -> tuple[Array, Array]:
    """The logarithm of the flow through each state (S,) and of the policy (S, A + 1) that stops in proportion to R.

    Args:
        log_reward: (S,) of objects; not read elsewhere.
        log_backward: (S, M) log probabilities of the edges into each state.

    The flow is F(s) = R(s) of an object plus the sum over its children of F(child) P_B(s | child); F of the first state
    is Z, and the policy is P(child | s) = F(child) P_B(s | child) / F(s).
    """
    flow = np.where(world.stops, log_reward, -np.inf)
    edge = np.full(world.children.shape, -np.inf)
    for level in range(world.levels.max() - 1, -1, -1):
        state, action = world.edges(level)
        child = world.children[state, action]
        edge[state, action] = flow[child] + log_backward[child, world.slots[state, action]]
        at = np.flatnonzero(world.levels == level)
        flow[at] = np.logaddexp.reduce(np.column_stack([flow[at], edge[at]]), axis=1)
    stop = np.where(world.stops, log_reward, -np.inf)
    return flow, np.column_stack([edge, stop]) - flow[:, None]


def evidence(world: World, log_policy: Array, log_reward: Array, log_backward: Array) -> float:
    """The mean of log R(x) + log P_B - log P_F over paths of a policy: log Z less the divergence of its paths from
    those that the flows have, and so never more than log Z."""
    come, stop = visits(world, log_policy), stopped(world, log_policy)
    probability = np.exp(log_policy)
    total = -float((come[:, None] * probability * np.where(probability > 0, log_policy, 0.0)).sum())
    total += float((stop * np.where(world.stops, log_reward, 0.0)).sum())
    for level in range(world.levels.max()):
        state, action = world.edges(level)
        child = world.children[state, action]
        total += float(come[state] * probability[state, action] @ log_backward[child, world.slots[state, action]])
    return total
