"""How features lie on the sphere (Wang and Isola, "Understanding Contrastive Representation Learning through Alignment
and Uniformity on the Hypersphere", ICML 2020)."""

import torch
from torch import Tensor

CHUNK = 256  # examples of each seed at a time
T = 2.0


def alignment_and_uniformity(features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """(S,) and (S,), of features (S, M, D) scaled to length 1 and their labels (S, M).

        alignment  = mean of |z_i - z_j|^2 over pairs of different examples of one class, in [0, 4]
        uniformity = log mean of exp(-2 |z_i - z_j|^2) over all pairs of different examples, in [-8, 0]

    Less is better of both. The paper's pairs that are to be near are two views of an example; those of one class say
    what a probe can use. Alignment is nan where no class has two examples.
    """
    z = torch.nn.functional.normalize(features.double(), dim=2)
    near = count = spread = z.new_zeros(len(z))
    place = torch.arange(z.shape[1], device=z.device)
    for rows in place.split(CHUNK):
        apart = (2 - 2 * z[:, rows] @ z.mT).clamp(0, 4)
        other = rows[:, None] != place
        same = (labels[:, rows, None] == labels[:, None]) & other
        near, count = near + (apart * same).sum((1, 2)), count + same.sum((1, 2))
        spread = spread + ((-T * apart).exp() * other).sum((1, 2))
    return near / count, (spread / (len(place) * (len(place) - 1))).log().clamp(max=0)
