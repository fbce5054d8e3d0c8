"""QuickSelection: the inputs that a sparse denoising autoencoder leans on."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from datasets.curations.curated import Curated, flat

BATCH, LR, MOMENTUM, DECAY = 100, 0.01, 0.9, 1e-5  # of the released code
SPREAD = 0.1  # of weights at the start and when they grow, as in sparse evolutionary training's code (from memory)


def quick_selection(
    x: Tensor,
    mean: Tensor,
    std: Tensor,
    generator: Generator,
    *,
    features: Annotated[int, "[1, 1000000]"],
    hidden: Annotated[int, "[1, 1000000]"],
    epochs: Annotated[int, "[1, inf)"],
    epsilon: Annotated[float, "(0, inf)"],
    zeta: Annotated[float, "[0, 1)"],
    noise: Annotated[float, "[0, inf)"],
    dropout: Annotated[float, "[0, 1)"],
) -> Curated:
    """Of the numbers of an input those with the largest strength, the sum of the absolute weights that leave it.

    The weights are those of an autoencoder with one hidden layer of sigmoids, which reconstructs inputs from inputs
    with noise. It is trained sparse: after each epoch the weights nearest to 0 are removed (see `pruned`), and as many
    grow at random places; after the last one none grow.

    Source: Atashgahi et al., "Quick and Robust Feature Selection: the Strength of Energy-efficient Sparse Training for
    Autoencoders", Machine Learning 2022, and its released code (zahraatashgahi/QuickSelection, commit 8bf24ef): SGD at
    0.01 with momentum 0.9 and weight decay 1e-5, batches of 100, the squared error, noise that is drawn once.

    Args:
        x: (N, ...) inputs. mean, std: by which they are normalised. generator: the stream to draw from. features: how
        many numbers of an input are seen; the paper's 50, of 500 or more. hidden: units; the paper's 1000. epochs: of
        the autoencoder; the paper's 100. epsilon: a layer begins with a share of epsilon (a + b) / (a b) of its
        weights, a and b its sizes; the code's 13.
            Places are drawn with repetition there, and each by its own chance here.
        zeta: share of the weights that are removed; the code's 0.2.
        noise: standard deviation, of normalised inputs; the code's 0.2.
        dropout: of the hidden units; the code's 0.2.
    Raises:
        ValueError: an input has no more numbers than `features`.
    """
    points = flat(x, mean, std)
    if features >= points.shape[1]:
        raise ValueError(f"curation.features={features}: an input has {points.shape[1]} numbers; fewer can be selected")
    noisy = points + noise * torch.randn(points.shape, generator=generator)
    encoder = _Sparse(points.shape[1], hidden, epsilon, generator)
    decoder = _Sparse(hidden, points.shape[1], epsilon, generator)
    for epoch in range(epochs):
        for batch in torch.randperm(len(points), generator=generator).split(BATCH):
            kept = (torch.rand(len(batch), hidden, generator=generator) >= dropout) / (1 - dropout)
            inside = (noisy[batch] @ encoder.weight + encoder.bias).sigmoid()
            slope = 2 * (
                (inside * kept) @ decoder.weight + decoder.bias - points[batch]
            )  # of an example's squared error
            back = (slope @ decoder.weight.T) * kept * inside * (1 - inside)
            decoder.step(inside * kept, slope)
            encoder.step(noisy[batch], back)
        for layer in (encoder, decoder):
            layer.prune(zeta)
            if epoch + 1 < epochs:
                layer.grow(generator)
    chosen = strength(encoder.weight).topk(features).indices
    return Curated(mask=torch.zeros(points.shape[1], dtype=torch.bool).index_fill(0, chosen, True).view(x.shape[1:]))


def strength(weight: Tensor) -> Tensor:
    """(D,) the sum of the absolute weights (D, H) that leave each input."""
    return weight.abs().sum(1)


def pruned(weight: Tensor, zeta: float) -> Tensor:
    """Which weights stay: all but the share zeta of the negative ones that are nearest to 0, and of the positive ones,
    and but the next of each, which the released code removes as well."""
    negative, positive = (part.sort(descending=down).values for part, down in _signs(weight))
    above = positive[min(int(zeta * len(positive)), len(positive) - 1)] if len(positive) else 0.0
    below = negative[min(int(zeta * len(negative)), len(negative) - 1)] if len(negative) else 0.0
    return (weight > above) | (weight < below)


def _signs(weight: Tensor) -> tuple[tuple[Tensor, bool], tuple[Tensor, bool]]:
    return (weight[weight < 0], True), (weight[weight > 0], False)


class _Sparse:
    """A layer (a, b) of which few weights are not 0."""

    def __init__(self, a: int, b: int, epsilon: float, generator: Generator):
        self.there = torch.rand(a, b, generator=generator) < epsilon * (a + b) / (a * b)
        self.size = int(self.there.sum())
        self.weight = self._drawn(generator) * self.there
        self.bias = torch.zeros(b)
        self.speed, self.bias_speed = torch.zeros(a, b), torch.zeros(b)

    def _drawn(self, generator: Generator) -> Tensor:
        a, b = self.there.shape
        return SPREAD * torch.randn(a, b, generator=generator)

    def step(self, x: Tensor, slope: Tensor) -> None:
        """One of SGD, from inputs (B, a) and the gradients (B, b) of the examples' errors by outputs."""
        gradient = (x.T @ slope / len(x) + DECAY * self.weight) * self.there
        self.speed = MOMENTUM * self.speed - LR * gradient
        self.bias_speed = MOMENTUM * self.bias_speed - LR * slope.mean(0)
        self.weight = self.weight + self.speed
        self.bias = self.bias + self.bias_speed

    def prune(self, zeta: float) -> None:
        self.there &= pruned(self.weight, zeta)
        self.weight, self.speed = self.weight * self.there, self.speed * self.there

    def grow(self, generator: Generator) -> None:
        """As many weights as the layer began with, the new ones at random places."""
        free = (~self.there).flatten().nonzero()[:, 0]
        new = free[torch.randperm(len(free), generator=generator)[: self.size - int(self.there.sum())]]
        self.there.view(-1)[new] = True
        self.weight.view(-1)[new] = self._drawn(generator).flatten()[new]
