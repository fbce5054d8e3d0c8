"""Best of n by reward models that were trained on preferences, some of them wrong: one model against an ensemble (Coste
et al., Reward Model Ensembles Help Mitigate Overoptimization, ICLR 2024, arXiv 2310.02743).

    mean:  mean over members        wco: the least of members        uwo: mean - weight * variance

The variance divides by the number of members, as in the released code of best of n; its code of policy gradients
divides by one less. Members differ in their first weights alone. Responses are normal features, and the true reward is
a network of tanh units, drawn for each seed, in standard deviations of a response. Of two responses people prefer one
by Bradley and Terry, and are told wrongly at a rate.

Of N responses, the true reward of the best of n by a score is a mean over all sets of n among them, exactly: the i-th
by its score is the best of C(i - 1, n - 1) of C(N, n) sets. It is log n - (n - 1) / n nats from a draw.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from scipy.special import gammaln
from torch import Tensor

from runner.parts.calculations._network import descend

Array = np.ndarray
Reward = Callable[[Array], Array]  # from features (N, D) to (N,)
Rule = Literal["single", "mean", "wco", "uwo"]
METRICS = {
    "gold": ("higher", "(-inf, inf)", "sd"),  # true reward of the best of n
    "rank_correlation": ("higher", "[-1, 1]", ""),  # of the score and the true reward
}
TEACHER = 16  # tanh units of the true reward


def reward_ensembles(
    draws: Generator,
    *,
    rule: Rule,
    members: Annotated[int, "[1, 100]"],
    weight: Annotated[float, "[0, inf)"],
    wrong: Annotated[float, "[0, 0.5)"],
    n: Annotated[int, "[1, 100000]"],
    features: Annotated[int, "[1, 1000]"],
    pairs: Annotated[int, "[1, 1000000]"],
    tested: Annotated[int, "[2, 100000]"],
    hidden: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 1000000]"],
    lr: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """The true reward of the best of n, and how well the score goes with it.

    Args:
        rule: how members make a score; `single` takes the first.
        weight: of the variance.
        wrong: share of preferences that are told the wrong way round.
        tested: N.
        steps: of Adam, on all pairs.
    Raises:
        ValueError: n is above N.
    """
    if n > tested:
        raise ValueError(f"n={n}: must be at most tested={tested}")
    world, people, first, answers = draws.spawn(4)
    reward = true_reward(world, features)
    x = people.normal(size=(2, pairs, features))
    better = people.random(pairs) < 1 / (1 + np.exp(reward(x[1]) - reward(x[0])))
    told = better ^ (people.random(pairs) < wrong)
    winners, losers = (np.where(each[:, None], x[0], x[1]) for each in (told, ~told))
    models = trained(first, winners, losers, members, hidden, steps, lr)
    new = answers.normal(size=(tested, features))
    score = scored(np.array([model(new) for model in models]), rule, weight)
    gold = reward(new)
    order = np.argsort(score, kind="stable")
    ranks = np.argsort(order), np.argsort(np.argsort(gold))
    return {"gold": best_of(gold[order], n), "rank_correlation": float(np.corrcoef(*ranks)[0, 1])}


def true_reward(draws: Generator, features: int) -> Reward:
    """From features (N, D) to (N,), of mean about 0 and deviation about 1 on normal ones."""
    inner, outer = draws.normal(size=(features, TEACHER)) / features**0.5, draws.normal(size=TEACHER)
    looked = np.tanh(2 * draws.normal(size=(4096, features)) @ inner) @ outer
    middle, scale = looked.mean(), looked.std()
    return lambda x: (np.tanh(2 * x @ inner) @ outer - middle) / scale


def trained(
    draws: Generator, winners: Array, losers: Array, members: int, hidden: int, steps: int, lr: float
) -> list[Reward]:
    """Models of the reward, from features (N, D) to (N,), by the likelihood of Bradley and Terry."""
    shapes = [(members, winners.shape[1], hidden), (members, 1, hidden), (members, hidden, 1)]
    weights = [torch.tensor(draws.normal(size=s) / s[1] ** 0.5, requires_grad=True) for s in shapes]

    def rewards(x: Tensor) -> Tensor:
        inner, bias, outer = weights
        found: Tensor = (torch.relu(x @ inner + bias) @ outer)[..., 0]
        return found

    optimizer = torch.optim.Adam(weights, lr=lr)
    one, other = torch.tensor(winners), torch.tensor(losers)
    for _ in range(steps):
        descend(optimizer, -torch.nn.functional.logsigmoid(rewards(one) - rewards(other)).mean(1).sum())

    def of(member: int) -> Reward:
        return lambda x: rewards(torch.tensor(x))[member].detach().numpy()

    return [of(member) for member in range(members)]


def scored(rewards: Array, rule: Rule, weight: float) -> Array:
    """Rewards (M, N) of M members -> scores (N,)."""
    if rule == "single":
        return rewards[0]
    if rule == "wco":
        return rewards.min(axis=0)
    return rewards.mean(axis=0) - (weight * rewards.var(axis=0) if rule == "uwo" else 0.0)


def best_of(values: Array, n: int) -> float:
    """The mean of values (N,), in order of their scores, over the best of each set of n.

    >>> round(best_of(np.array([1.0, 2.0, 3.0]), 2), 6)    # 3 is the best of two pairs, 2 of one
    2.666667
    """
    below = np.arange(n - 1, len(values))
    return float(np.exp(_choices(below, n - 1) - _choices(len(values), n)) @ values[n - 1 :])


def _choices(among: Array | int, n: int) -> Array:
    """The logarithm of how many sets of n there are."""
    return gammaln(np.add(among, 1)) - gammaln(n + 1) - gammaln(np.add(among, 1 - n))
