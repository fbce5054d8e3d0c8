"""Do networks that keep less information about their input, given its label, lose less on test data than on training
data? A bound says so, and over networks the information goes with the gap better than norms of weights do (Kawaguchi et
al., "How Does Information Bottleneck Help Deep Learning?", ICML 2023).

A seed draws which of scikit-learn's digits are for training, wrong labels of some of all images, and a network of relu
units for each combination of widths, depths, rates of weight decay and sizes of batches. All are trained by SGD with
momentum 0.9. The gap is the mean cross-entropy of test images less that of training images. tau is Kendall's, over
these networks, of the gap and one measure:

    information   I(X; Z | Y) of test images, where Z is what the last hidden layer holds with Gaussian noise added
                  and Y is the label as it is given, right or wrong
    norm          the sum of the norms of all weight matrices and biases

The paper's networks learn their noise. Here it has one variance of all units, `noise`^2 times the sum over units of
their variance over test images, so that neither scale nor width counts alone. The information is the upper bound of
pairwise divergences (Kolchinsky and Tracey, "Estimating Mixture Entropy with Pairwise Distances", Entropy, 2017): of n
images with a label, at h_1 ... h_n, the mean over i of -log of the mean over j of exp(-|h_i - h_j|^2 / (2 variance)).
"""

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from scipy.stats import kendalltau
from torch import Tensor

from runner.parts.calculations._digits import Part, digits
from runner.parts.calculations._network import batches, descend, tensor
from runner.parts.calculations._networks import Networks

METRICS = {
    "tau": ("higher", "[-1, 1]", ""),
    "mean_gap": ("lower", "(-inf, inf)", "nats"),
    "gap_range": ("higher", "[0, inf)", "nats"),
}
CLASSES = 10
MOMENTUM = 0.9
TINY = 1e-300  # a variance of what does not vary


Array = np.ndarray


def bottleneck_generalization(
    draws: Generator,
    *,
    measure: Literal["information", "norm"],
    noise: Annotated[float, "(0, inf)"],
    train_size: Annotated[int, "[10, 1700]"],
    wrong: Annotated[float, "[0, 1]"],
    widths: list[int],
    depths: list[int],
    decays: list[float],
    batch_sizes: list[int],
    epochs: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """How the measure and the gap go together over all networks, and the gaps."""
    split, flips, start, order = draws.spawn(4)
    train, test = (mislabelled(flips, part, wrong) for part in digits(split, train_size))
    each = list(product(widths, decays))
    found = []
    for depth, batch_size in product(depths, batch_sizes):
        networks = Networks(start, [(train[0].shape[1], *[width] * depth, CLASSES) for width, _ in each])
        shuffled = batches(order, train_size, batch_size, epochs)
        fit(networks, train, shuffled, lr, tensor(np.array([decay for _, decay in each])))
        with torch.no_grad():
            gaps = losses(networks, test) - losses(networks, train)
        found.append((gaps.numpy(), measured(networks, test, measure, noise)))
    gaps, values = np.concatenate(found, axis=1)
    return {"tau": tau(gaps, values), "mean_gap": float(gaps.mean()), "gap_range": float(np.ptp(gaps))}


def mislabelled(draws: Generator, part: Part, share: float) -> Part:
    """The same images; each label is, in this share, one of the others."""
    x, y = part
    other = (y + tensor(draws.integers(1, CLASSES, size=len(y)))) % CLASSES
    return x, torch.where(tensor(draws.uniform(size=len(y))) < share, other, y)


def fit(networks: Networks, part: Part, order: Iterator[Array], lr: float, decays: Tensor) -> None:
    """A step of SGD of each network on each batch, with weight decay (R,)."""
    optimizer = torch.optim.SGD(networks.parameters(), lr=lr, momentum=MOMENTUM, foreach=True)
    x, y = part
    for batch in order:
        squares = torch.stack([one.square().sum((1, 2)) for one in networks.parameters()]).sum(0)
        descend(optimizer, (losses(networks, (x[batch], y[batch])) + decays / 2 * squares).sum())


def losses(networks: Networks, part: Part) -> Tensor:
    """The mean cross-entropy of each (R,)."""
    logits, y = networks(part[0]), part[1]
    return F.cross_entropy(logits.mT, y.expand(len(logits), -1), reduction="none").mean(1)


def measured(networks: Networks, test: Part, measure: str, noise: float) -> Array:
    """One measure of each trained network (R,)."""
    with torch.no_grad():
        if measure == "information":
            return np.array([information(held, test[1], noise) for held in networks.layers(test[0])[-2]])
        return torch.stack([one.square().sum((1, 2)).sqrt() for one in networks.parameters()]).sum(0).numpy()


def information(held: Tensor, labels: Tensor, noise: float) -> float:
    """I(X; Z | Y) in nats, by the bound, of what a layer holds (N, D) and labels (N,)."""
    variance = noise**2 * held.var(0, correction=0).sum().clamp(min=TINY)
    total = 0.0
    for label in labels.unique():
        those = held[labels == label]
        divergence = torch.cdist(those, those, compute_mode="donot_use_mm_for_euclid_dist").square() / (2 * variance)
        total += float((np.log(len(those)) - (-divergence).logsumexp(1)).sum())
    return total / len(held)


def tau(gaps: Array, values: Array) -> float:
    """Kendall's tau of both (K,); 0 where one is the same in all networks, and none is before another."""
    alike = np.ptp(gaps) == 0 or np.ptp(values) == 0
    return 0.0 if alike else float(kendalltau(gaps, values).statistic)
