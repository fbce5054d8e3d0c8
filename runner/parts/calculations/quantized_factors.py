"""Whether the latents of an autoencoder that are quantized one by one are factors of variation, and what weight decay
has to do with it (QLAE; Hsu, Dorrell, Whittington, Wu and Finn, Disentanglement via Latent Quantization, NeurIPS 2023,
arXiv 2305.18378).

Each latent has a scalar codebook of its own, at the start spread evenly from -1/2 to 1/2. The decoder sees the nearest
value of each; its gradient passes to the encoder as if nothing were between. To the cross-entropy of pixels, summed,
are added, for each example,

    quantization mean (value - stopped z)^2  +  commitment mean (z - stopped value)^2

which are means over latents, as in the authors' program. Images of 16 x 16 show a square, a disc or a cross of two
sizes at four places across and four down: all 96 are trained on, and measured. Modularity, compactness and explicitness
are those of the paper's InfoMEC, by our reading: mutual information of each quantized latent and each factor is exact,
for all combinations are there, and is divided by the factor's entropy. The networks are perceptrons of one hidden
layer, where the authors' are convolutional. Sizes are ours, and were chosen on other seeds than those of any claim.
"""

from itertools import product
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, mutual_info_score
from torch import Tensor

from runner.parts.calculations._network import Network, descend, tensor

Array = np.ndarray
METRICS = {
    "modularity": ("higher", "[0, 1]", "share"),
    "compactness": ("higher", "[0, 1]", "share"),
    "explicitness": ("higher", "[0, 1]", "share"),
    "cross_entropy": ("lower", "[0, inf)", "nats per pixel"),
}
SIDE, PLACES = 16, (4.5, 6.5, 8.5, 10.5)
HIDDEN, LR = 64, 0.01
ACTIVE = 1e-9  # nats of information, at least, of a latent that counts


def quantized_factors(
    draws: Generator,
    *,
    decay: Annotated[float, "[0, inf)"],
    latents: Annotated[int, "[1, 64]"],
    values: Annotated[int, "[2, 64]"],
    quantization: Annotated[float, "[0, inf)"],
    commitment: Annotated[float, "[0, inf)"],
    steps: Annotated[int, "[1, 100000]"],
) -> dict[str, float]:
    """How far latents tell of one factor each, factors are told by one latent each, and a linear probe tells factors.

    Args:
        decay: of weights, by AdamW, of encoder and decoder alike; codebooks have none.
        values: of each codebook.
    """
    images, factors = every_image()
    x, (one, two) = tensor(images.reshape(len(images), -1)), draws.spawn(2)
    encoder = Network(one, [SIDE**2, HIDDEN, latents], ["relu"])
    decoder = Network(two, [latents, HIDDEN, SIDE**2], ["relu"])
    books = torch.linspace(-0.5, 0.5, values, dtype=torch.float64).repeat(latents, 1).requires_grad_()
    weights = [*encoder.parameters(), *decoder.parameters()]
    groups = [{"params": weights, "weight_decay": decay}, {"params": [books], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=LR)
    for _ in range(steps):
        z = encoder(x)
        value = quantized(z, books)[1]
        pixels = F.binary_cross_entropy_with_logits(decoder(z + (value - z).detach()), x, reduction="none").sum(1)
        descend(optimizer, (pixels + codebook_loss(z, value, quantization, commitment)).mean())
    with torch.no_grad():
        places, value = quantized(encoder(x), books)
        entropy = F.binary_cross_entropy_with_logits(decoder(value), x).item()
    return info_mec(places.numpy(), value.numpy(), factors) | {"cross_entropy": entropy}


def every_image() -> tuple[Array, Array]:
    """Images (96, 16, 16), 0 or 1, and the factors of each (96, 4): shape, size, place down and across."""
    factors = np.array(list(product(range(3), range(2), range(4), range(4))))
    down, across = np.mgrid[:SIDE, :SIDE]
    images = []
    for shape, size, row, column in factors:
        y, x, reach = np.abs(down - PLACES[row]), np.abs(across - PLACES[column]), 2.5 + size
        square = np.maximum(x, y) <= reach
        images.append([square, x**2 + y**2 <= reach**2 + 0.5, square & (np.minimum(x, y) <= 0.5)][shape])
    return np.array(images, dtype=float), factors


def quantized(z: Tensor, books: Tensor) -> tuple[Tensor, Tensor]:
    """Places in the codebooks (L, V) that are nearest to z (N, L), and values there, (N, L) each."""
    places = (z[:, :, None] - books).abs().argmin(2)
    return places, torch.gather(books.expand(len(z), -1, -1), 2, places[:, :, None])[:, :, 0]


def codebook_loss(z: Tensor, value: Tensor, quantization: float, commitment: float) -> Tensor:
    """Of z and their values (N, L): (N,)."""
    return (quantization * (z.detach() - value).square() + commitment * (z - value.detach()).square()).mean(1)


def info_mec(places: Array, values: Array, factors: Array) -> dict[str, float]:
    """Of latents (N, L), by place and by value, and factors (N, F).

    Modularity is the mean over latents that tell anything of how much the factor it tells most of has of all that it
    tells, and compactness the mean over factors of the same with latents; both are 0 where all are told alike.
    Explicitness is the mean over factors of how much of the entropy a logistic regression of all values takes away, as
    measured on the examples that it is fitted to; it is 0 at least.
    """
    told = np.array([[mutual_info_score(place, factor) for factor in factors.T] for place in places.T])
    entropies = np.array([mutual_info_score(factor, factor) for factor in factors.T])
    told = told[told.max(1) > ACTIVE] / entropies
    taken = [1 - log_loss(f, fitted(values, f)) / entropy for f, entropy in zip(factors.T, entropies, strict=True)]
    explicit = float(np.mean(np.clip(taken, 0, 1)))
    return {"modularity": peaked(told), "compactness": peaked(told.T), "explicitness": explicit}


def fitted(values: Array, factor: Array) -> Array:
    """Probabilities (N, K) of a factor by a logistic regression of values (N, L)."""
    return np.asarray(LogisticRegression(C=100.0, max_iter=1000).fit(values, factor).predict_proba(values))


def peaked(told: Array) -> float:
    """The mean over rows of (largest share - 1 / K) / (1 - 1 / K) of K columns; one column is all there is, and none
    is nothing."""
    if told.size == 0 or told.shape[1] == 1:
        return float(told.size > 0)
    share = told.max(1) / told.sum(1).clip(min=ACTIVE)
    return float(np.clip((share - 1 / told.shape[1]) / (1 - 1 / told.shape[1]), 0, 1).mean())
