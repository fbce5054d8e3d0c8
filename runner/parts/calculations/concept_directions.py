"""Directions of concepts: networks that predict the next token come to say each concept along one direction, which
is the same in all contexts and unlike those of other concepts (Jiang et al., 2024, arXiv 2403.03867).

There are d binary concepts; a token is one value of each (2^d tokens), and a context says some of them and leaves the
others open (3^d contexts). Concepts are independent, each 1 with a probability that is drawn for each seed from [0.3,
0.7]; the paper has them on a random graph. The network is log-bilinear with free embeddings,

    p(token | context) = softmax over tokens of <f(context), g(token)>,

and gradient descent minimises the mean cross-entropy to the true conditional laws, the same for all contexts. Arm
`shuffled` gives each context the law of another one, drawn at random: the same table of laws, without concepts.
"""

from itertools import combinations, product
from typing import Annotated

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

METRICS = {
    "cosine_within": ("higher", "[-1, 1]", ""),
    "cosine_between": ("lower", "[0, 1]", ""),
}
OPEN = -1
SMALL = 0.01  # deviation of the first embeddings


def concept_directions(
    draws: Generator,
    *,
    concepts: Annotated[int, "[2, 7]"],
    width: Annotated[int, "[1, 1000]"],
    steps: Annotated[int, "[0, 100000]"],
    lr: Annotated[float, "(0, inf)"],
    shuffled: bool,
) -> dict[str, float]:
    """The mean cosine of two contexts' steps along one concept, and the mean size of the cosine of two concepts."""
    of_laws, of_start, of_order = draws.spawn(3)
    contexts, laws = world(of_laws.uniform(0.3, 0.7, concepts))
    if shuffled:
        laws = laws[of_order.permutation(len(laws))]
    of_contexts, of_tokens = (of_start.normal(0, SMALL, (many, width)) for many in laws.shape)
    f = learnt(*map(torch.from_numpy, (laws, of_contexts, of_tokens)), steps=steps, lr=lr).numpy()
    along = [flips(f, contexts, concept) for concept in range(concepts)]
    means = [unit(each).mean(0) for each in along]
    return {
        "cosine_within": float(np.mean([pairwise(unit(each)) for each in along])),
        "cosine_between": float(np.mean([abs(unit(a) @ unit(b)) for a, b in combinations(means, 2)])),
    }


def world(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All contexts (3^d, d), OPEN where a concept is not said, and the laws (3^d, 2^d) of tokens in them.

    Args:
        p: (d,) how probable each concept is.
    """
    tokens = np.array(list(product((0, 1), repeat=len(p))))
    contexts = np.array(list(product((OPEN, 0, 1), repeat=len(p))))
    prior = np.where(tokens == 1, p, 1 - p).prod(1)
    fits = ((contexts[:, None] == OPEN) | (contexts[:, None] == tokens)).all(2)
    laws = fits * prior
    return contexts, laws / laws.sum(1, keepdims=True)


def learnt(laws: Tensor, f: Tensor, g: Tensor, *, steps: int, lr: float) -> Tensor:
    """Embeddings (M, width) of contexts after gradient descent from f (M, width) and g (V, width)."""
    for _ in range(steps):
        residual = ((f @ g.T).softmax(1) - laws) / len(laws)
        f, g = f - lr * residual @ g, g - lr * residual.T @ f
    return f


def flips(f: np.ndarray, contexts: np.ndarray, concept: int) -> np.ndarray:
    """The steps (3^(d-1), width) from each context with the concept 0 to that with 1 and all else alike."""
    places = {tuple(context): place for place, context in enumerate(contexts.tolist())}
    zero = contexts[contexts[:, concept] == 0]
    one = zero + np.eye(len(zero[0]), dtype=int)[concept]
    return np.array(
        [f[places[tuple(b)]] - f[places[tuple(a)]] for a, b in zip(zero.tolist(), one.tolist(), strict=True)]
    )


def unit(x: np.ndarray) -> np.ndarray:
    """Of length 1, along the last axis."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def pairwise(units: np.ndarray) -> float:
    """The mean cosine of two different ones of n unit vectors (n, width)."""
    n = len(units)
    return float((np.square(units.sum(0)).sum() - n) / (n * (n - 1)))
