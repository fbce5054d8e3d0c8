"""Sequences of a made-up language whose law is known: the next token depends on the last one, or on the last few."""

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot

from datasets.split import Split

MOST_CONTEXTS = 10_000


def bigram(
    *,
    tokens: Annotated[int, "[3, 1000]"],
    order: Annotated[int, "[1, 4]"],
    zeros: Annotated[float, "[0, 1)"],
    sequences: Annotated[int, "[1, inf)"],
    longest: Annotated[int, "[1, 10000]"],
    world: Annotated[int, "[0, inf)"],
    task: Literal["language"],
) -> Split:
    """Pairs of a context and its next token, from N drawn sequences; and every context with its true law, for testing.

    As in the released code of MixCE (Zhang et al., ACL 2023, arXiv:2305.16958), the last token ends a sequence, the
    first one of a sequence is uniform, the law of a context is Dirichlet(1/2), and in each a share of the tokens that
    do not end the sequence is impossible. A context is one-hot, so that a linear model is a table. The best possible
    NLL is the entropy of a token given its context, contexts weighed by how often they come.

    Args:
        tokens: V, with the one that ends a sequence, which also stands for what was before a sequence began.
        order: how many tokens a context has.
        zeros: the share of tokens, but for the last, that are impossible after a context.
        sequences: N.
        longest: the most tokens of a sequence, the ending one included; longer ones are cut off.
        world: another number gives another law and other sequences.
        task: what is asked.
    Raises:
        ValueError: there are too many contexts.
    """
    if tokens**order > MOST_CONTEXTS:
        raise ValueError(f"order={order}: has {tokens**order} contexts of {tokens} tokens, above {MOST_CONTEXTS}")
    draw = torch.Generator().manual_seed(world)
    law = law_of(draw, tokens, order, zeros)
    weight = visits(law, longest)
    reached = weight > 0
    context, token = drawn(draw, law, sequences, longest)
    number = reached.cumsum(0) - 1
    x, law, weight = one_hot(number[context], int(reached.sum())).float(), law[reached], weight[reached]
    truth = torch.cat([weight[:, None], law], 1).float()
    names = (*(f"token {k}" for k in range(tokens - 1)), "end")
    best = {"nll": float(-(weight[:, None] * torch.xlogy(law, law)).sum()), "forward_kl": 0.0, "js": 0.0}
    still, unit = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    every = torch.eye(x.shape[1])
    return Split(
        x, token, every, law.argmax(1), names, still, unit, task=task, truth=truth, optimum=best
    )  # fmt: skip


def law_of(draw: Generator, tokens: int, order: int, zeros: float) -> Tensor:
    """(C, V) float64 the probability of each token after each of C = V^order contexts, the one of the start last.

    A context is the number whose digits are its tokens, in base V.
    """
    contexts = tokens**order
    weight = torch.randn(contexts, tokens, generator=draw, dtype=torch.float64).square()  # normalized: Dirichlet(1/2)
    rank = torch.rand(contexts, tokens - 1, generator=draw).argsort(1).argsort(1)
    weight[:, :-1] *= rank >= int(zeros * (tokens - 1))
    weight[-1] = 1
    return weight / weight.sum(1, keepdim=True)


def after(context: Tensor, token: Tensor, law: Tensor) -> Tensor:
    """The contexts that follow."""
    contexts, tokens = law.shape
    return (context * tokens + token) % contexts


def visits(law: Tensor, longest: int) -> Tensor:
    """(C,) float64 the share of tokens that come after each context, of sequences of so many tokens at most."""
    contexts, tokens = law.shape
    following = after(torch.arange(contexts)[:, None], torch.arange(tokens), law)[:, :-1]
    there, found = torch.zeros(contexts, dtype=torch.float64), torch.zeros(contexts, dtype=torch.float64)
    there[-1] = 1
    for _ in range(longest):
        found += there
        moved = there[:, None] * law[:, :-1]
        there = torch.zeros_like(there).index_add(0, following.flatten(), moved.flatten())
    return found / found.sum()


def drawn(draw: Generator, law: Tensor, sequences: int, longest: int) -> tuple[Tensor, Tensor]:
    """(N,) contexts and (N,) next tokens of all sequences."""
    contexts, tokens = law.shape
    context, seen, said = torch.full((sequences,), contexts - 1), [], []
    for _ in range(longest):
        token = torch.multinomial(law[context], 1, generator=draw)[:, 0]
        seen.append(context)
        said.append(token)
        context = after(context, token, law)[token < tokens - 1]
        if not len(context):
            break
    return torch.cat(seen), torch.cat(said)
