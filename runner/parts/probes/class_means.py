"""The angles and norms of class means, and of the head's weights, in collapse with and without bias, of classes of
equal and of unequal size.

Dang et al., "Neural Collapse in Deep Linear Networks: From Balanced to Imbalanced Data", ICML 2023, arXiv:2301.00437
(from memory, unconfirmed). Under the square loss without bias the means of classes are at right angles, whatever the
sizes of the classes, and their norms depend on the sizes; with a bias, or under cross-entropy, means of classes of
equal size are the corners of a simplex: any two have the cosine -1/(K-1). The theorems are about features that are free
and decay as weights do, with linear layers after them. With n_k the examples of class k the norms follow from

    min over w, h of  1/2 (w h - 1)^2 n_k + a/2 w^2 + b/2 n_k h^2:    at the same product w^2 / h^2 = n_k b / a

and so a larger class has longer weights beside its mean. In a network features are not free: what decays are the
weights that make them, whatever the number of examples.

Means are of the features of the training examples of a class, by the labels that training sees. They are not centred,
since centred ones of equal norm at right angles are a simplex, too. An activation that is never negative, such as relu,
cannot have a cosine below 0.
"""

import torch
import torch.nn.functional as F
from scipy.stats import kendalltau
from torch import Tensor, nn

from runner.contracts.probe import Probed
from runner.parts.probes._layers import layers

METRICS = {
    "from_right_angles": ("lower", "[0, 1]", ""),
    "from_simplex": ("lower", "[0, 2]", ""),
    "simplex_nearer": ("higher", "[-1, 1]", ""),
    "weights_by_size": ("higher", "[-1, 1]", ""),
    "means_by_size": ("higher", "[-1, 1]", ""),
}


def class_means(seen: Probed) -> dict[str, float]:
    """from_right_angles: mean over pairs of classes of |cos|; from_simplex: of |cos + 1/(K-1)|. simplex_nearer: the
    first less the second, which is the same, -1/(K-1), of all cosines above 0.

    weights_by_size, means_by_size: Kendall's tau of the sizes of classes with the norms of the head's rows, and with
    those of the class means; 0 where all classes are of one size.

    Raises:
        ValueError: examples are not of one class each, a class has no example, or the head is no linear map.
    """
    k, labels = seen.num_classes, seen.training.targets
    if k < 2 or labels.dim() != 1:
        raise ValueError("class means are of examples with one class each, of at least two classes")
    if not isinstance(seen.network.head, nn.Linear):
        raise ValueError("the head of this network is no linear map with a row a class")
    sizes = labels.bincount(minlength=k)
    if not sizes.all():
        raise ValueError("a class without a training example has no mean")
    means = _means(layers(seen.network, seen.training.x)[-1], labels, sizes)
    cosines = _cosines(means)
    right, simplex = float(cosines.abs().mean()), float((cosines + 1 / (k - 1)).abs().mean())
    return {
        "from_right_angles": right,
        "from_simplex": simplex,
        "simplex_nearer": right - simplex,
        "weights_by_size": _order(sizes, seen.network.head.weight.norm(dim=1)),
        "means_by_size": _order(sizes, means.norm(dim=1)),
    }


def _means(features: Tensor, labels: Tensor, sizes: Tensor) -> Tensor:
    """(K, D) of features (N, D) of classes (N,)."""
    member = F.one_hot(labels, len(sizes)).double()
    return member.T @ features.double() / sizes[:, None]


def _cosines(means: Tensor) -> Tensor:
    """Of each pair of means (K, D), (K (K - 1) / 2,)."""
    unit = F.normalize(means, dim=1)
    i, j = torch.triu_indices(len(means), len(means), 1)
    return (unit @ unit.T)[i, j].clamp(-1, 1)


def _order(sizes: Tensor, norms: Tensor) -> float:
    """Kendall's tau, 0 where one of both is the same of all classes."""
    if len(sizes.unique()) == 1 or len(norms.unique()) == 1:
        return 0.0
    return float(kendalltau(sizes.numpy(), norms.numpy()).statistic)
