"""How a network that was trained on points of a known density is measured: against the truth."""

from typing import NamedTuple

import torch
from torch import Tensor

from datasets.planar import COMPARED, wasserstein
from runner.contracts.measures import Measures
from runner.parts.measures._known import all_known

COVERED = 0.2  # of its fair share of points, from which on a mode is covered
NEAR = 3.0  # standard deviations from the centre of a mode, within which a point is of high quality


class Rows(NamedTuple):
    """Test targets (..., 7), see datasets/planar.py.

    Attributes:
        log_p: (...) the true log density at a point.
        point, sample, centre: (..., 2) the point; a true sample; the centre of its mode.
    """

    log_p: Tensor
    point: Tensor
    sample: Tensor
    centre: Tensor


class Outcomes(NamedTuple):
    """Attributes: told: (S, M, 2) samples, or (S, M, 1) log densities of the points, up to a constant."""

    told: Tensor


class Density(Measures):
    """Test examples are cells of a plane; see runner/tasks/declared/density.py."""

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        """Predictions (S, M, 2) of who gives samples, (S, M, 1) of who gives log densities.

        Raises:
            ValueError: they have another width.
        """
        if predictions.shape[-1] not in (1, 2):
            raise ValueError(
                f"predictions have {predictions.shape[-1]} numbers: must be a log density, or a point of a plane"
            )
        return Outcomes(predictions.double())

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """w2, the 2-Wasserstein distance of at most 1,000 samples from as many true ones, by the best matching; modes,
        the share of modes that get at least a fifth of their fair share of these; high_quality, the share of these
        within three standard deviations of the nearest centre. kl and reverse_kl, of the truth from what was learnt
        and the other way round, over the cells, in nats: nan of who gives samples alone."""
        rows, told = rows_of(targets.double()), seen.told
        known = told.isfinite().all(2).all(1)
        each = [_of_seed(*one) for one in zip(told.nan_to_num(0, 0, 0), *rows, strict=True)]
        return all_known({name: torch.stack([found[name] for found in each]) for name in each[0]}, known)

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """Nothing: training has no targets."""
        return {}


def rows_of(targets: Tensor) -> Rows:
    """Targets (..., 7) apart."""
    return Rows(targets[..., 0], targets[..., 1:3], targets[..., 3:5], targets[..., 5:7])


def _of_seed(told: Tensor, log_p: Tensor, point: Tensor, sample: Tensor, centre: Tensor) -> dict[str, Tensor]:
    """The metrics of one seed, each ()."""
    samples, nothing = told[:COMPARED], told.new_tensor(torch.nan)
    found = {"kl": nothing, "reverse_kl": nothing}
    if told.shape[1] == 1:
        log_q, log_p = told[:, 0].log_softmax(0), log_p.log_softmax(0)
        found = {"kl": _divergence(log_p, log_q), "reverse_kl": _divergence(log_q, log_p)}
        samples = points_of(log_q, point, len(samples))
    middle = centre.unique(dim=0)
    deviation = (sample - centre).square().mean().sqrt()
    distance, mode = torch.cdist(samples, middle).min(1)
    counts = torch.bincount(mode[distance <= NEAR * deviation], minlength=len(middle))
    return found | {
        "w2": told.new_tensor(wasserstein(samples.cpu(), sample[: len(samples)].cpu())),
        "modes": (counts >= COVERED * len(samples) / len(middle)).double().mean(),
        "high_quality": (distance <= NEAR * deviation).double().mean(),
    }


def _divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Of log probabilities (M,), in nats."""
    return (log_p.exp() * (log_p - log_q)).sum().clamp(min=0)


def points_of(log_q: Tensor, point: Tensor, n: int) -> Tensor:
    """n points (n, 2) of cells with log probabilities (M,): equally spaced quantiles of the cells in their order, each
    anywhere in its cell, always at the same places of it."""
    level = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    cell = torch.searchsorted(log_q.exp().cumsum(0).cpu(), level).clamp(max=len(log_q) - 1).to(point.device)
    width = (point[:, 0].max() - point[:, 0].min()) / (len(point) ** 0.5 - 1)
    anywhere = torch.rand(n, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(point.device)
    return point[cell] + width * (anywhere - 0.5)
