"""How much the final loss of a small causal transformer depends on its learning rate, plain, with normalized queries
and keys, and with z-loss (Wortsman et al., Small-scale proxies for large-scale Transformer training instabilities, ICLR
2024).

Sensitivity is the mean over rates of min(final loss, loss at the start) less the least final loss: 0 where every rate
is as good as the best, and no rate counts for more than not having trained. A rate that diverges counts as the loss at
the start. The z-loss adds a multiple of the mean squared logsumexp of the logits. The language is a Markov chain of
order 2, another one of each seed, and sizes are far below the paper's. All rates start from the same weights and see
the same batches.
"""

from typing import Annotated

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._transformer import Adam, Transformer

Array = np.ndarray
METRICS = {"sensitivity": ("lower", "[0, inf)", "nats"), "best_loss": ("lower", "[0, inf)", "nats")}


def rate_sensitivity(
    draws: Generator,
    *,
    qk_norm: bool,
    z_loss: Annotated[float, "[0, inf)"],
    rates: list[float],
    symbols: Annotated[int, "[2, 1000]"],
    concentration: Annotated[float, "(0, inf)"],
    length: Annotated[int, "[3, 1000]"],
    width: Annotated[int, "[1, 1000]"],
    layers: Annotated[int, "[1, 100]"],
    heads: Annotated[int, "[1, 100]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[1, 100000]"],
    tested: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """Sensitivity and the least final cross-entropy on fresh sequences, of a language's symbols from its third on."""
    problem, start, training, testing = draws.spawn(4)
    law = problem.dirichlet(np.full(symbols, concentration), size=(symbols, symbols))
    network = Transformer(start, len(rates), (symbols, width, symbols), length, layers, heads, qk_norm=qk_norm)
    test = sequences(testing, law, length, tested)
    optimizer = Adam(network.parameters(), rates, steps)
    before = losses(network, test)[0].detach().numpy()
    for _ in range(steps):
        entropy, square = losses(network, sequences(training, law, length, batch_size))
        optimizer.descend(entropy + z_loss * square)
    with torch.no_grad():
        after = losses(network, test)[0].numpy()
    return {"sensitivity": sensitivity(after, float(before[0])), "best_loss": float(np.nanmin(after))}


def sequences(draws: Generator, law: Array, length: int, count: int) -> Array:
    """Whole numbers (count, length): two at random, and then each drawn from the law (V, V, V) of the two before."""
    found = draws.integers(len(law), size=(count, length))
    bounds, levels = law.cumsum(axis=-1), draws.random((count, length))
    for t in range(2, length):
        found[:, t] = (bounds[found[:, t - 2], found[:, t - 1], :-1] < levels[:, t, None]).sum(axis=1)
    return found


def losses(network: Transformer, seen: Array) -> tuple[Tensor, Tensor]:
    """The mean cross-entropy of each copy (R,), and its mean squared logsumexp."""
    symbols = torch.as_tensor(seen)
    one_hot = torch.nn.functional.one_hot(symbols, network.last.shape[-1]).double()
    logits = network(one_hot)[:, :, 1:-1]  # at the second place and after: of the third symbol and after
    total = logits.logsumexp(-1)
    right = logits.gather(-1, symbols[:, 2:].expand(len(logits), -1, -1)[..., None])[..., 0]
    return (total - right).mean((1, 2)), total.square().mean((1, 2))


def sensitivity(after: Array, before: float) -> float:
    """The mean of min(loss, `before`) over final losses (R,), less the least of them; a loss that is not finite counts
    as `before`."""
    capped = np.minimum(np.where(np.isfinite(after), after, before), before)
    return float(np.mean(capped) - capped.min())
