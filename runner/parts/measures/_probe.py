"""A linear probe: multinomial logistic regression on frozen features, of all seeds at once."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

PENALTIES = (1e-3, 1e-2, 1e-1)  # of the squared weights, to the mean loss; ours
USUAL = 1e-3  # where there are no validation examples to choose by
STEPS = 200
SMALLEST = 1e-6  # of the bound's diagonal, for the bias


class Probe(NamedTuple):
    """Attributes: mean, scale: (S, 1, D) of the training features; weight: (S, D + 1, K), the last row the bias."""

    mean: Tensor
    scale: Tensor
    weight: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """Features (S, M, D) -> logits (S, M, K)."""
        return _with_one((features - self.mean) / self.scale) @ self.weight


def fitted(features: Tensor, labels: Tensor, num_classes: int, penalty: float) -> Probe:
    """The probe of each seed, from features (S, M, D) and labels (S, M).

        mean_i -log softmax(W'z_i + b)_{y_i} + penalty / 2 |W|^2,    z features of mean 0 and deviation 1

    The curvature is at most H = z'z / 2M + penalty (Boehning, "Multinomial logistic regression algorithm", Annals of
    the Institute of Statistical Mathematics, 1992), so that steps of H^-1 times the gradient never overshoot, and none
    is searched for. Nesterov's momentum makes 200 of them enough; a seed starts it anew where it points uphill
    (O'Donoghue and Candes, "Adaptive Restart for Accelerated Gradient Schemes", 2015). Nothing is drawn, and no seed
    looks at another.
    """
    mean = features.mean(1, keepdim=True)
    deviation = features.std(1, correction=0, keepdim=True)
    scale = deviation.where(deviation > 0, 1.0)
    z = _with_one((features - mean) / scale)
    target = torch.nn.functional.one_hot(labels, num_classes).to(z.dtype)
    decay = torch.full((z.shape[2],), penalty, dtype=z.dtype, device=z.device)
    decay[-1] = 0.0
    bound = torch.linalg.cholesky(z.mT @ z / (2 * z.shape[1]) + decay.clamp(min=SMALLEST).diag())
    weight = ahead = z.new_zeros(len(z), z.shape[2], num_classes)
    age = z.new_ones(len(z), 1, 1)
    for _ in range(STEPS):
        gradient = z.mT @ ((z @ ahead).softmax(2) - target) / z.shape[1] + decay[:, None] * ahead
        after = ahead - torch.cholesky_solve(gradient, bound)
        uphill = (gradient * (after - weight)).sum((1, 2), keepdim=True) > 0
        older = (1 + (1 + 4 * age.square()).sqrt()) / 2
        ahead = (after + (age - 1) / older * (after - weight)).where(~uphill, after)
        age, weight = older.where(~uphill, 1.0), after
    return Probe(mean, scale, weight)


def chosen(training: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor] | None, num_classes: int) -> Probe:
    """The probe whose penalty, of each seed by itself, is right most often of the validation examples.

    Args:
        training: features (S, M, D) and labels (S, M).
        validation: likewise; None for the usual penalty.
    """
    if validation is None:
        return fitted(*training, num_classes, USUAL)
    probes = [fitted(*training, num_classes, penalty) for penalty in PENALTIES]
    features, labels = validation
    right = torch.stack([(probe.logits(features).argmax(2) == labels).double().mean(1) for probe in probes])
    return _each_of(probes, right.argmax(0))


def _each_of(probes: Sequence[Probe], which: Tensor) -> Probe:
    seeds = torch.arange(len(which), device=which.device)
    return Probe(*(torch.stack(parts)[which, seeds] for parts in zip(*probes, strict=True)))


def _with_one(z: Tensor) -> Tensor:
    return torch.cat([z, torch.ones_like(z[..., :1])], dim=2)
