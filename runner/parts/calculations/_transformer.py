"""Very small causal transformers of float64 for calculations, several copies of one trained at once.

Layers normalize first (Xiong et al., On Layer Normalization in the Transformer Architecture, ICML 2020); there are no
biases and no learned scales of normalization. A copy sees the same examples as all others, and no copy's numbers
depend on another's: a batch of learning rates costs one pass.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import tensor

BETAS, EPS, CLIP = (0.9, 0.95), 1e-8, 1.0  # of Adam, and the largest norm of a copy's gradient


class Transformer:
    """Copies of one causal transformer, alike at the start.

    Args:
        draws: weights are normal with variance 1 / inputs; those of positions have variance 1 / width.
        copies: how many, R.
        sizes: of inputs C, of the width D, of outputs O.
        positions: the most that a sequence has.
        layers: of attention and a perceptron of 4 D relu units each.
        heads: of each attention; their number divides D.
        qk_norm: normalize queries and keys of each head?
    """

    def __init__(
        self, draws: Generator, copies: int, sizes: tuple[int, int, int], positions: int, layers: int, heads: int,
        *, qk_norm: bool = False
    ) -> None:  # fmt: skip
        inputs, width, outputs = sizes
        self.heads, self.qk_norm = heads, qk_norm

        def weight(before: int, after: int) -> Tensor:
            one = tensor(draws.normal(0, 1 / sqrt(before), (before, after)))
            return one.expand(copies, -1, -1).clone().requires_grad_()

        self.first, self.last = weight(inputs, width), weight(width, outputs)
        self.places = weight(width, positions)
        self.blocks = [
            [weight(width, 3 * width), weight(width, width), weight(width, 4 * width), weight(4 * width, width)]
            for _ in range(layers)
        ]

    def __call__(self, x: Tensor) -> Tensor:
        """Of x (B, T, C) what each copy gives at each place (R, B, T, O); place t sees places up to t."""
        batch, length, _ = x.shape
        hidden = (x.flatten(0, 1) @ self.first).unflatten(1, (batch, length))
        hidden = (hidden + self.places.mT[:, None, :length]).flatten(1, 2)
        for mixing, out, up, down in self.blocks:
            hidden = hidden + self.attention(self.norm(hidden) @ mixing, batch) @ out
            hidden = hidden + torch.relu(self.norm(hidden) @ up) @ down
        return (self.norm(hidden) @ self.last).unflatten(1, (batch, length))

    def norm(self, hidden: Tensor) -> Tensor:
        """What layers see of what places hold, the same shape."""
        return normalized(hidden)

    def attention(self, mixed: Tensor, batch: int) -> Tensor:
        """Queries, keys and values (R, B T, 3 D) -> what places take from those before them (R, B T, D)."""
        copies, places, _ = mixed.shape
        split = mixed.reshape(copies * batch, places // batch, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key = (normalized(one) for one in split[:2]) if self.qk_norm else split[:2]
        later = torch.ones(places // batch, places // batch, dtype=torch.bool).triu(1)
        scores = (query @ key.mT / sqrt(query.shape[-1])).masked_fill(later, -torch.inf)
        found = scores.softmax(-1) @ split[2]
        return found.transpose(1, 2).reshape(copies, places, -1)

    def parameters(self) -> list[Tensor]:
        """What is trained, (R, ., .) each."""
        return [self.first, self.last, self.places, *(one for block in self.blocks for one in block)]


def normalized(x: Tensor) -> Tensor:
    """Mean 0 and variance 1 along the last axis."""
    return F.layer_norm(x, x.shape[-1:])


class Adam:
    """Adam (Kingma and Ba, ICLR 2015) with another learning rate for each copy; each copy's gradient is clipped.

    Args:
        weights: (R, ., .) each.
        rates: (R,), the largest that a copy has.
        steps: over which the rate rises, in the first 5%, and then falls to 0 along a cosine.
    """

    def __init__(self, weights: Sequence[Tensor], rates: Sequence[float], steps: int) -> None:
        self.weights, self.rates = list(weights), torch.tensor(rates, dtype=torch.float64)
        self.steps, self.step = steps, 0
        self.moments = [(torch.zeros_like(one), torch.zeros_like(one)) for one in self.weights]

    def descend(self, losses: Tensor) -> None:
        """One step of every copy along the gradient of its loss (R,)."""
        gradients = torch.autograd.grad(losses.sum(), self.weights)
        norms = torch.stack([one.square().sum((1, 2)) for one in gradients]).sum(0).sqrt()
        scale = (CLIP / norms).clamp(max=1.0)[:, None, None]
        self.step += 1
        one, two = BETAS
        rate = (self.rates * schedule(self.step, self.steps))[:, None, None] / (1 - one**self.step)
        with torch.no_grad():
            for weight, gradient, (mean, square) in zip(self.weights, gradients, self.moments, strict=True):
                mean.lerp_(gradient * scale, 1 - one)
                square.lerp_((gradient * scale).square(), 1 - two)
                weight -= rate * mean / ((square / (1 - two**self.step)).sqrt() + EPS)


def schedule(step: int, steps: int) -> float:
    """The share of the largest rate at a step from 1 to `steps`: a rise over the first 5%, then a cosine to 0."""
    rise = max(1, round(0.05 * steps))
    if step <= rise:
        return step / rise
    return float(0.5 * (1 + np.cos(np.pi * (step - rise) / max(1, steps - rise))))
