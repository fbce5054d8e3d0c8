"""Neural collapse (Papyan, Han and Donoho, PNAS 2020, arXiv:2008.08186): the geometry of the last layer's features.

    C_c = mean_c - mean,    mean_c of the features h of class c, mean that of the K class means
    nc1 = tr(W B^+) / K,    W within-class and B between-class covariance, each class counted alike
    nc2_norms = sd_c |C_c| / mean_c |C_c|
    nc2_angles = mean over c != d of |cos(C_c, C_d) + 1 / (K - 1)|
    nc3 = ||A / ||A|| - C / ||C||||^2,    A (K, D) the weights of the last layer, norms those of Frobenius
    nc4 = how often the prediction is not the class whose mean is nearest

All are 0 in full collapse. The paper has classes of equal size; here each counts alike, whatever its size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from runner.contracts.measures import Inside

NO_VARIANCE = 1e-10  # of a direction of the class means, relative to the largest


def neural_collapse(inside: Inside, labels: Tensor, predicted: Tensor, num_classes: int) -> dict[str, Tensor]:
    """{metric: (S,)}; nan for a seed of which a class has no example. nc3 is nan where the last layer is no affine map.

    Args:
        inside: of N examples.
        labels: (S, N), those that training sees.
        predicted: (S, N).
        num_classes: K, at least 2.
    """
    h, k = inside.features.double(), num_classes
    member = F.one_hot(labels, k).double()
    count = member.sum(1)
    means = member.mT @ h / count[..., None]  # (S, K, D), nan of a class that does not occur
    there = (count > 0).all(1)
    means = means.where(there[:, None, None], 0)
    centred = means - means.mean(1, keepdim=True)
    norms = centred.norm(dim=2)
    found = {
        "nc1": _spread(h - member @ means, centred, member / count.clamp(min=1)[:, None]),
        "nc2_norms": norms.std(1, correction=0) / norms.mean(1),
        "nc2_angles": _angles(centred),
        "nc3": _distance(inside.weight.double(), centred),
        "nc4": (_nearest(h, means) != predicted).double().mean(1),
    }
    return {name: values.where(there, torch.nan) for name, values in found.items()}


def _spread(deviations: Tensor, centred: Tensor, share: Tensor) -> Tensor:
    """(S,) tr(W B^+) / K, from deviations (S, N, D) from class means, and of each example its share of a class (S, N,
    K).

    B = C'C / K, so tr(W B^+) / K is the mean of |pinv(C)' d|^2 over deviations d, each class counted alike.
    """
    along = deviations @ torch.linalg.pinv(centred, rtol=NO_VARIANCE)
    return (along.square().sum(2) * share.sum(2)).sum(1) / centred.shape[1]


def _angles(centred: Tensor) -> Tensor:
    unit = F.normalize(centred, dim=2)
    k = centred.shape[1]
    off = (unit @ unit.mT + 1 / (k - 1)).abs()
    return (off.sum((1, 2)) - off.diagonal(dim1=1, dim2=2).sum(1)) / (k * (k - 1))


def _distance(weight: Tensor, centred: Tensor) -> Tensor:
    if weight.shape != centred.shape:
        return centred.new_full((len(centred),), torch.nan)
    one, other = (each / torch.linalg.matrix_norm(each, keepdim=True) for each in (weight, centred))
    return (one - other).square().sum((1, 2))


def _nearest(h: Tensor, means: Tensor) -> Tensor:
    """(S, N) the class whose mean is nearest."""
    return (h @ means.mT - means.square().sum(2)[:, None] / 2).argmax(2)
