"""Over augmentations, is a contrastive learner's accuracy what three terms say: are views of one image mapped alike
(alignment), do the centres of classes point apart (divergence), and do views of one class come near each other
(concentration)? Huang et al., "Towards the Generalization of Contrastive Self-Supervised Learning", ICLR 2023, bound
the error of a nearest-centre classifier by these three.

A seed draws which of scikit-learn's digits are for training, and starts an encoder of one hidden layer of relu units
for each combination of strengths of three augmentations: moves, erased pixels and contrast. Outputs f have norm 1. All
encoders are trained by Adam with InfoNCE on pairs of views, each pair a positive one and all others of the batch
negative ones. The terms are signed so that more is better, by the theory:

    alignment        minus the mean of |f(x1) - f(x2)|^2, of two views of one test image
    divergence       minus the mean of m_k . m_l over pairs of classes, with m_k the mean of f over a class's test views
    concentration    sigma of the theory: the share of a class's images of which all pairs have views within a distance,
                     counting the images themselves as views; a lower bound, the mean over classes

Accuracy is that of the class whose centre is nearest, of test images; centres are of views of training images. Each
correlation is partial: of accuracy and one term, over augmentations, with the other two regressed out.
"""

from itertools import product
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from losses.scores.infonce import InfoNCE
from runner.parts.calculations._concentration import augmented_distance, concentration, views
from runner.parts.calculations._digits import Part, digits
from runner.parts.calculations._network import batches, descend
from runner.parts.calculations._networks import Networks

METRICS = {
    "concentration_correlation": ("higher", "[-1, 1]", ""),
    "alignment_correlation": ("higher", "[-1, 1]", ""),
    "divergence_correlation": ("higher", "[-1, 1]", ""),
    "explained": ("higher", "[0, 1]", ""),  # share of the variance of accuracy, by all three
    "accuracy_range": ("higher", "[0, 1]", ""),
}
CLASSES = 10
TINY = 1e-12  # of a share of variance that rounding leaves
Array = np.ndarray


def contrastive_terms(
    draws: Generator,
    *,
    moves: list[int],
    erased: list[float],
    contrasts: list[float],
    train_size: Annotated[int, "[20, 1700]"],
    hidden: Annotated[int, "[1, 10000]"],
    size: Annotated[int, "[1, 1000]"],
    temperature: Annotated[float, "(0, inf)"],
    epochs: Annotated[int, "[1, 100000]"],
    batch_size: Annotated[int, "[2, 1000]"],
    lr: Annotated[float, "(0, 1]"],
    distance: Annotated[float, "(0, inf)"],
    images: Annotated[int, "[2, 1000]"],
    seen: Annotated[int, "[1, 1000]"],
) -> dict[str, float]:
    """All of METRICS, over all augmentations."""
    split, start, order, viewing, looking = draws.spawn(5)
    train, test = digits(split, train_size)
    strengths = np.array(list(product(moves, erased, contrasts)))
    encoders = Networks(start, [(train[0].shape[1], hidden, size)] * len(strengths))
    optimizer = torch.optim.Adam(encoders.parameters(), lr=lr, foreach=True)
    for batch in batches(order, train_size, batch_size, epochs):
        one, other = (encoded(encoders, views(viewing, train[0][batch], strengths)) for _ in range(2))
        descend(optimizer, -InfoNCE().decode(one @ other.mT / temperature).sum())
    with torch.no_grad():
        accuracy, aligned, apart = learned(encoders, train, test, strengths, viewing)
    near = concentrations(looking, train, strengths, distance, images, seen)
    return correlated(accuracy, {"concentration": near, "alignment": aligned, "divergence": apart})


def encoded(encoders: Networks, x: Tensor) -> Tensor:
    """Outputs of norm 1 (R, N, D)."""
    return F.normalize(encoders(x), dim=2)


def learned(
    encoders: Networks, train: Part, test: Part, strengths: Array, draws: Generator
) -> tuple[Array, Array, Array]:
    """Accuracy, alignment and divergence of each (R,)."""
    centres = means(encoded(encoders, views(draws, train[0], strengths)), train[1])
    found = torch.cdist(encoded(encoders, test[0]), centres).argmin(2)
    one, other = (encoded(encoders, views(draws, test[0], strengths)) for _ in range(2))
    middle = means(one, test[1])
    cosines = middle @ middle.mT
    apart = cosines.diagonal(dim1=1, dim2=2).sum(1) - cosines.sum((1, 2))
    return (
        (found == test[1]).double().mean(1).numpy(),
        -(one - other).square().sum(2).mean(1).numpy(),
        (apart / (CLASSES * (CLASSES - 1))).numpy(),
    )


def means(features: Tensor, labels: Tensor) -> Tensor:
    """The mean of each class (R, K, D)."""
    return torch.stack([features[:, labels == label].mean(1) for label in range(CLASSES)], dim=1)


def concentrations(draws: Generator, train: Part, strengths: Array, distance: float, images: int, seen: int) -> Array:
    """sigma of each augmentation (R,), the mean over classes, of up to so many images of each, with so many views."""
    found = []
    for label in range(CLASSES):
        x = train[0][train[1] == label][:images]
        views_of = torch.stack(
            [x.expand(len(strengths), -1, -1), *(views(draws, x, strengths) for _ in range(seen))], 2
        )
        found.append([concentration(augmented_distance(each), distance) for each in views_of])
    return np.mean(found, axis=0)


def correlated(accuracy: Array, terms: dict[str, Array]) -> dict[str, float]:
    """All of METRICS, of accuracies (R,) and terms (R,)."""
    names = list(terms)
    found = {}
    for name in names:
        others = np.stack([terms[other] for other in names if other != name], axis=1)
        found[f"{name}_correlation"] = correlation(left(accuracy, others), left(terms[name], others))
    rest = left(accuracy, np.stack(list(terms.values()), axis=1))
    spread = np.square(left(accuracy, np.empty((len(accuracy), 0)))).sum()
    found["explained"] = float(np.clip(1 - np.square(rest).sum() / spread, 0, 1)) if spread > 0 else 0.0
    return found | {"accuracy_range": float(np.ptp(accuracy))}


def left(values: Array, others: Array) -> Array:
    """What a linear regression with intercept on others (R, K) leaves of values (R,); zeros where that is rounding."""
    columns = np.column_stack([np.ones(len(values)), others])
    rest = values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
    return rest if np.square(rest).sum() > TINY * np.square(values).sum() else np.zeros_like(rest)


def correlation(one: Array, other: Array) -> float:
    """Of values of mean 0; 0 where one has none that vary."""
    size = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.clip(one @ other / size, -1, 1)) if size else 0.0
