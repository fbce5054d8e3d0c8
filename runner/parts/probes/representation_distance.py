"""How far apart what a layer holds is: between two seeds, and between training and test examples of one.

Between seeds: linear CKA (Kornblith et al., "Similarity of Neural Network Representations Revisited", ICML 2019) of
test examples, of features x and y with the mean taken off. It is 1 of features that differ by a rotation and a scale.

    cka = |y'x|_F^2 / (|x'x|_F |y'y|_F)

Between training and test examples: the sliced Wasserstein-1 distance (Rabin et al., 2011, unconfirmed), which is the
mean, over directions of length 1, of the distance between both sets of projections.

    w1 = mean_u integral |F_u - G_u|,    relative: over the mean standard deviation of the training projections

A layer is a part of the network's body. The first and the last are measured, which are one where the body has a single
part. w1 is above 0 for finite sets of one distribution too, so compare it only at equal numbers of examples.
"""

from typing import Annotated

import torch
from scipy.stats import wasserstein_distance
from torch import Tensor

from runner.contracts.probe import Probed
from runner.parts.probes._layers import layers

METRICS = {
    "cka_fall": ("higher", "[-1, 1]", ""),
    "cka_first": ("higher", "[0, 1]", ""),
    "cka_last": ("higher", "[0, 1]", ""),
    "w1_first": ("lower", "[0, inf)", ""),
    "w1_last": ("lower", "[0, inf)", ""),
    "w1_first_relative": ("lower", "[0, inf)", ""),
    "w1_last_relative": ("lower", "[0, inf)", ""),
}


def representation_distance(
    seen: Probed, *, apart: Annotated[int, "[1, inf)"], directions: Annotated[int, "[1, 100000]"]
) -> dict[str, float]:
    """CKA of the first and of the last layer, how far it falls between them, and w1 of both.

    CKA is not finite where all examples have the same features, and so is what is relative.

    Args:
        apart: how far the seed of the other network is.
        directions: drawn for each layer.
    Raises:
        ValueError: there is no other network.
    """
    if seen.other is None:
        raise ValueError("representations are compared between two networks")
    training, test, other = (
        layers(network, examples.x)
        for network, examples in ((seen.network, seen.training), (seen.network, seen.test), (seen.other, seen.test))
    )
    found = {}
    for name, at in (("first", 0), ("last", -1)):
        found[f"cka_{name}"] = cka(test[at], other[at])
        drawn = torch.as_tensor(seen.draws.standard_normal((test[at].shape[1], directions)))
        found[f"w1_{name}"], found[f"w1_{name}_relative"] = sliced(training[at], test[at], drawn)
    return {"cka_fall": found["cka_first"] - found["cka_last"], **found}


def cka(x: Tensor, y: Tensor) -> float:
    """Linear CKA of features (N, D) and (N, E) of the same examples."""
    x, y = (each.double() - each.double().mean(0) for each in (x, y))
    return float((y.T @ x).square().sum() / ((x.T @ x).norm() * (y.T @ y).norm()))


def sliced(x: Tensor, y: Tensor, directions: Tensor) -> tuple[float, float]:
    """Sliced Wasserstein-1 of features (N, D) and (M, D) along directions (D, L) of any length; and what it is over the
    mean standard deviation of projections of x."""
    unit = directions / directions.norm(dim=0)
    ours, theirs = (each.double() @ unit for each in (x, y))
    pairs = zip(ours.T.numpy(), theirs.T.numpy(), strict=True)
    mean = torch.tensor([wasserstein_distance(*pair) for pair in pairs], dtype=torch.float64).mean()
    return float(mean), float(mean / ours.std(0, correction=0).mean())
