"""Denoising diffusion with a weighted loss (Kingma et al., "Variational Diffusion Models", NeurIPS 2021; Kingma and
Gao, "Understanding Diffusion Objectives as the ELBO with Simple Data Augmentation", NeurIPS 2023, arXiv:2303.00848).

    L = w(lambda) (-d lambda / dt) / 2 * D * loss(e_hat, e),    x_t = alpha x + sigma e,    alpha^2 + sigma^2 = 1

lambda = log(alpha^2 / sigma^2) is the log-SNR, t is uniform in [0, 1], e standard normal, D how many numbers an example
has; loss=reconstruction is the mean over these. In expectation L depends on w and on the ends of lambda, and not on how
lambda falls in between: the schedule changes the scatter alone.

Samples are made without noise (DDIM of Song et al., ICLR 2021): from normal numbers, in `steps` equal steps of lambda.

Args:
    weighting: w. `elbo`, 1: minus the bound of the log likelihood, but for a constant. `sigmoid`, sigmoid(shift -
        lambda), which leaves fine detail out. `noise`, 1 / (-d lambda / dt), the plain error of noise; it does depend
        on the schedule.
    shift: of the sigmoid; 2 is from memory, unconfirmed.
    schedule: `linear`: lambda falls evenly; `cosine`: lambda = -2 log tan(pi t / 2), stretched to the ends.
    log_snr: the ends of lambda, [least, most].
    steps: of a sample.

Limit: of Gaussian data with variance v and the exact denoiser, L with w = 1 is in expectation half of
log(1 + v e^most) - log(1 + v e^least).

>>> from torch import tensor
>>> weight("elbo", tensor([0.0]), tensor([6.0]), shift=2.0)
tensor([1.])
>>> weight("noise", tensor([0.0]), tensor([6.0]), shift=2.0) * 6
tensor([1.])
"""

import math
from itertools import pairwise
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.denoiser import NOISY, Denoiser
from runner.parts.methods.draws import normals, uniform
from runner.parts.methods.latents import latents
from runner.parts.methods.recovered import check_bits

EDGE = 1e-3  # of the cosine schedule, whose log-SNR has no ends

Weighting = Literal["elbo", "sigmoid", "noise"]
Schedule = Literal["linear", "cosine"]


class Diffusion(Method):
    """network, loss, regularizer, input_shape: of Given.

    Raises:
        ValueError: log_snr is no range, or the loss is of bits.
    """

    fits = ("density",)
    kinds = ("recovered",)
    roles: Tensor

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        weighting: Weighting,
        shift: float,
        schedule: Schedule,
        log_snr: list[Annotated[float, "[-30, 30]"]],
        steps: Annotated[int, "[1, 10000]"],
    ):
        super().__init__()
        check_bits(loss, False)
        if len(log_snr) != 2 or not log_snr[0] < log_snr[1]:
            raise ValueError(f"log_snr={log_snr}: must be two numbers, the first below the second")
        self.loss, self.regularizer = loss, regularizer
        self.denoiser = Denoiser(network, (1, *input_shape))
        self.weighting, self.shift, self.schedule, self.steps = weighting, shift, schedule, steps
        self.span = log_snr
        self.register_buffer("roles", NOISY[None, None])
        self.draws = {"diffusion_time": uniform, "diffusion_noise": normals(*input_shape)}

    def forward(self, batch: Batch) -> Tensor:
        noise = batch.draws["diffusion_noise"]
        log_snr, slope = scheduled(self.schedule, batch.draws["diffusion_time"], self.span)
        features, expected = self._expected(batch.x, noise, log_snr)
        errors = self.loss(expected, batch._replace(labels=noise))
        losses = weight(self.weighting, log_snr, slope, shift=self.shift) * slope / 2 * noise[0].numel() * errors
        return self.regularizer(losses, features, expected, batch)

    def predict(self, x: Tensor) -> Tensor:
        """Points (M, 2) of the plane -> a sample (M, 2) for each, see latents."""
        least, most = self.span
        along = torch.linspace(least, most, self.steps + 1, dtype=x.dtype, device=x.device)
        noisy = latents(x)
        for now, later in pairwise(along):
            alpha, sigma = now.sigmoid().sqrt(), (-now).sigmoid().sqrt()
            _, noise = self._expected(noisy / alpha, torch.zeros_like(noisy), now[None])
            clean = (noisy - sigma * noise) / alpha
            noisy = later.sigmoid().sqrt() * clean + (-later).sigmoid().sqrt() * noise
        return clean

    def _expected(self, x: Tensor, noise: Tensor, log_snr: Tensor) -> tuple[Tensor, Tensor]:
        """Features, and the expected noise (B, ...) of alpha x + sigma noise at these log-SNRs, (B,) or (1,)."""
        share = (log_snr - self.span[0]) / (self.span[1] - self.span[0])
        features, expected = self.denoiser(
            x[:, None], noise[:, None], share, log_snr, self.roles.expand(len(log_snr), -1, -1)
        )
        return features, expected[:, 0]


def scheduled(schedule: Schedule, time: Tensor, span: list[float]) -> tuple[Tensor, Tensor]:
    """Times in [0, 1] -> the log-SNR and minus its slope, from the most at 0 to the least at 1."""
    least, most = span
    if schedule == "linear":
        return most - (most - least) * time, torch.full_like(time, most - least)
    angle = math.pi / 2 * (EDGE + (1 - 2 * EDGE) * time)
    stretch = (most - least) / (-4 * math.log(math.tan(math.pi / 2 * EDGE)))
    slope = stretch * math.pi * (1 - 2 * EDGE) / (angle.sin() * angle.cos())
    return (most + least) / 2 - 2 * stretch * angle.tan().log(), slope


def weight(weighting: Weighting, log_snr: Tensor, slope: Tensor, *, shift: float) -> Tensor:
    """w (B,) at log-SNRs (B,) that fall with this slope (B,)."""
    if weighting == "elbo":
        return torch.ones_like(log_snr)
    return (shift - log_snr).sigmoid() if weighting == "sigmoid" else 1 / slope
