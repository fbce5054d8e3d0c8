"""Preferences between responses to a context, of people whose reward is known: made up, in milliseconds."""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Generator, Tensor

from datasets.split import Split


class World(NamedTuple):
    """X contexts with K responses each.

    Attributes:
        x: (X, D) contexts.
        reference: (X, K) log probabilities.
        reward: (X, K).
        length: (X, K) in tokens.
    """

    x: Tensor
    reference: Tensor
    reward: Tensor
    length: Tensor


def preferences(
    *,
    contexts: Annotated[int, "[2, 100000]"],
    responses: Annotated[int, "[2, 1000]"],
    features: Annotated[int, "[0, 10000]"],
    num_train: Annotated[int, "[1, inf)"],
    scale: Annotated[float, "(0, inf)"],
    beta: Annotated[float, "(0, inf)"],
    longest: Annotated[int, "[1, 1000]"],
    deterministic: bool,
    world: Annotated[int, "[0, inf)"],
    task: Literal["preference"],
) -> Split:
    """Comparisons (N, 3 + 5 K) of two responses that the reference draws, and a row for each context to be tested on.

    The reference is softmax of standard normal numbers, and the true reward of a response is normal with deviation
    `scale`. A context is drawn uniformly, and two unlike responses of it as the reference has them; the first wins with
    probability sigmoid(r1 - r2), the model of Bradley and Terry (Biometrika 1952). Contexts are one-hot, so that a
    linear model is a table; or they have features, and reference and reward are linear maps of them, so that a context
    tells of others.

    Args:
        contexts: X, which are also the test examples.
        responses: K.
        features: D, standard normal; 0 for one-hot contexts.
        num_train: N.
        scale: standard deviation of rewards.
        beta: of the best policy, ref e^(r / beta) / Z, that kl_to_optimum is measured from.
        longest: responses have 1 to so many tokens, uniformly.
        deterministic: does the response with the larger reward always win?
        world: another number gives other contexts, rewards and comparisons.
        task: what is asked.
    """
    draw = torch.Generator().manual_seed(world)
    made = world_of(draw, contexts, responses, features, scale, longest)
    context = torch.randint(contexts, (num_train,), generator=draw)
    first, second = two_of(made.reference[context], draw)
    gap = made.reward[context, first] - made.reward[context, second]
    chance = (gap > 0).double() if deterministic else gap.sigmoid()
    wins = torch.rand(num_train, generator=draw, dtype=torch.float64) < chance
    head = torch.stack([first.where(wins, second), second.where(wins, first), gap.where(wins, -gap)], 1)
    seen = torch.zeros(contexts, responses, dtype=torch.float64)
    seen[context, first] = seen[context, second] = 1
    optimum = (made.reference + made.reward / beta).log_softmax(1)
    blocks = torch.cat([made.reference, made.reward, seen, made.length, optimum], 1)
    nothing = torch.zeros(contexts, head.shape[1], dtype=torch.float64)
    y, test_y = torch.cat([head, blocks[context]], 1), torch.cat([nothing, blocks], 1)
    x, best = made.x.float(), made.reward.max(1).values.mean()
    still, unit = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    known = {"reward": float(best), "kl_to_optimum": 0.0, "order_accuracy": 1.0}
    return Split(x[context], y.float(), x, test_y.float(), (), still, unit, task=task, optimum=known)


def world_of(draw: Generator, contexts: int, responses: int, features: int, scale: float, longest: int) -> World:
    """What is true, in float64."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    if features:
        x = normal(contexts, features)
        logits, reward = (x @ normal(features, responses) / features**0.5 for _ in range(2))
    else:
        x = torch.eye(contexts, dtype=torch.float64)
        logits, reward = normal(contexts, responses), normal(contexts, responses)
    length = torch.randint(1, longest + 1, (contexts, responses), generator=draw).double()
    return World(x, logits.log_softmax(1), scale * reward, length)


def two_of(reference: Tensor, draw: Generator) -> tuple[Tensor, Tensor]:
    """Two unlike responses (N,) each, of log probabilities (N, K): the second as they have it without the first."""
    first = torch.multinomial(reference.exp(), 1, generator=draw)
    others = reference.exp().scatter(1, first, 0)
    return first[:, 0], torch.multinomial(others, 1, generator=draw)[:, 0]
