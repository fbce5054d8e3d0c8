"""What methods share that read information off a denoiser: parts and their noise, the network, and the integral.

A part u of an input becomes alpha u + sigma e, with e standard normal, alpha^2 + sigma^2 = 1 and the log-SNR
lambda = log(alpha^2 / sigma^2). What the variance-preserving process of Song et al. ("Score-Based Generative Modeling
through Stochastic Differential Equations", ICLR 2021, arXiv:2011.13456) does at time t is this, with
lambda = -log(exp(integral of beta) - 1). The score is minus the expected noise over sigma.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import of_blocks
from runner.parts.methods.draws import normals, uniform
from runner.parts.models import shapes

NOISY, CLEAN, ABSENT = torch.eye(3)  # roles of a part: alpha u + sigma e; u; zeros
WAVES = 8  # of the log-SNR, that a network sees
Expected = Callable[[Tensor], Tensor]  # roles (n, 3) -> the expected noise (M, n, ...)


class Gated(nn.Module):
    """A network that is told how noisy its input is: W (h(z) (1 + g)) + b.

    h are the features of the network, and g a gate of two layers that sees waves of the noise and what else is told.

    Args:
        network: whose features are used.
        input_shape: of an input, and of what is given for it.
        told: how many numbers the gate sees beside the noise.
    """

    def __init__(self, network: Any, input_shape: tuple[int, ...], told: int = 0):
        super().__init__()
        self.network = network
        width = shapes(network.body, input_shape)[-1][0]
        self.gate = nn.Sequential(nn.Linear(WAVES + 1 + told, width), nn.SiLU(), nn.Linear(width, width))
        self.out = nn.Linear(width, math.prod(input_shape))

    def forward(self, seen: Tensor, share: Tensor, *told: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, D) and outputs (B, ...) of inputs (B, ...).

        Args:
            share: (B,) where in its span the noise is, in [0, 1]; or (1,) of all.
            told: (B, ...) each, or (1, ...) of all.
        """
        waves = torch.cos(math.pi * torch.arange(WAVES + 1, device=seen.device) * share[:, None])
        features = self.network.features(seen)
        gate = self.gate(torch.cat([waves, *(each.flatten(1) for each in told)], 1))
        return features, self.out(features * (1 + gate)).view(seen.shape)


class Denoiser(nn.Module):
    """The noise of the noisy parts of an input, by one network for all roles and noises.

        e = sigma z + alpha v,    v = W (h(z) (1 + g)) + b

    z is the input with each part in its role; the gate sees log-SNR and roles. v is what Salimans and Ho ("Progressive
    Distillation for Fast Sampling of Diffusion Models", ICLR 2022) let networks predict: it is 0 for standard normal
    parts of which nothing is known.

    Args:
        network: whose features are used.
        input_shape: (n, ...) of n parts.
    """

    def __init__(self, network: Any, input_shape: tuple[int, ...]):
        super().__init__()
        self.gated = Gated(network, input_shape, 3 * input_shape[0])

    def forward(self, x: Tensor, noise: Tensor, share: Tensor, log_snr: Tensor, roles: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, D), and the expected noise (B, n, ...), 0 of parts that are not noisy.

        Args:
            x, noise: (B, n, ...), the noise standard normal.
            share: (B,) where in its span the log-SNR is, in [0, 1]; or (1,) of all.
            log_snr: likewise.
            roles: (B, n, 3), or (1, n, 3) of all.
        """
        noisy, clean, _ = (like(each, x) for each in roles.unbind(-1))
        alpha, sigma = (like(squared.sqrt(), x) for squared in (log_snr.sigmoid(), (-log_snr).sigmoid()))
        seen = noisy * (alpha * x + sigma * noise) + clean * x
        features, v = self.gated(seen, share, roles)
        return features, noisy * (sigma * seen + alpha * v)


class Denoising(Method):
    """Trains a denoiser in several settings of roles, and reads an estimate of each input off it.

    In training each input draws its setting, its log-SNR and its noise. An evaluation looks at equally spaced log-SNRs,
    each time with the same noise. Penalties look at the features of inputs as noisy as they are.

    Args:
        network, loss, regularizer, input_shape: of Given.
        settings: (C, n, 3) roles of the n parts.
        beta: first and last of the process, ascending.
        start: the time at which it begins.
        levels: how many log-SNRs an evaluation looks at.
        block: inputs that an evaluation gives an estimate of.
    Raises:
        ValueError: an input has another number of parts, or beta is no range.
    """

    noise: Tensor
    shares: Tensor
    settings: Tensor

    def __init__(
        self,
        given: tuple[Any, Criterion, Penalties, tuple[int, ...]],
        settings: Tensor,
        *,
        beta: Sequence[float],
        start: float,
        levels: int,
        block: int,
    ):
        super().__init__()
        network, self.loss, self.regularizer, input_shape = given
        self.denoiser = Denoiser(network, input_shape)
        self.span = span_of(beta, start)
        self.together = block
        self.register_buffer("settings", settings)
        self.register_buffer("shares", (torch.arange(levels) + 0.5) / levels)
        self.register_buffer("noise", torch.randn(levels, block, *input_shape))
        self.draws = {
            "denoiser_setting": uniform,
            "denoiser_share": uniform,
            "denoiser_noise": normals(*input_shape),
        }

    @abstractmethod
    def estimates(self, at_each: Sequence[Expected]) -> Tensor:
        """What is expected at each log-SNR -> the estimate (M,) of each input, in nats."""

    def forward(self, batch: Batch) -> Tensor:
        setting, share, noise = (batch.draws[f"denoiser_{name}"] for name in ("setting", "share", "noise"))
        roles = self.settings[(setting * len(self.settings)).long()]
        features, expected = self.denoiser(batch.x, noise, share, self._log_snr(share), roles)
        asked = like(roles[..., 0], noise) * noise
        losses = self.loss(expected.flatten(1), batch._replace(labels=asked.flatten(1)))
        return self.regularizer(losses, features, expected.flatten(1), batch)

    def predict(self, x: Tensor) -> Tensor:
        """Inputs (M, n, ...) -> (M, block), the estimate of each on the diagonal of its block."""
        times = -(-len(x) // self.together)
        at_each = [
            self._expected(x, noise.repeat(times, *[1] * (x.dim() - 1))[: len(x)], share[None])
            for noise, share in zip(self.noise, self.shares, strict=True)
        ]
        return of_blocks(self.estimates(at_each), self.together)

    def divergence(self, differences: Sequence[Tensor]) -> Tensor:
        """See `divergence`."""
        return divergence(differences, self.span[1] - self.span[0])

    def _expected(self, x: Tensor, noise: Tensor, share: Tensor) -> Expected:
        def expected(roles: Tensor) -> Tensor:
            found: Tensor = self.denoiser(x, noise, share, self._log_snr(share), roles[None])[1]
            return found

        return expected

    def _log_snr(self, share: Tensor) -> Tensor:
        return self.span[0] + (self.span[1] - self.span[0]) * share


def like(values: Tensor, x: Tensor) -> Tensor:
    """Values (B,) or (B, n) as they go with x (B, n, ...)."""
    return values.view(*values.shape, *[1] * (x.dim() - values.dim()))


def span_of(beta: Sequence[float], start: float) -> tuple[float, float]:
    """The least and the largest log-SNR while time goes from `start` to 1, beta rising from one number to the other.

    >>> [round(end, 3) for end in span_of([0.1, 20.0], 0.001)]
    [-10.05, 9.115]

    Raises:
        ValueError: beta is no range.
    """
    if len(beta) != 2 or not 0 <= beta[0] <= beta[1] or not beta[1]:
        raise ValueError(f"beta={list(beta)}: must be two numbers, 0 <= first <= last, last above 0")
    least, most = (-math.log(math.expm1(beta[0] * t + (beta[1] - beta[0]) * t**2 / 2)) for t in (1.0, start))
    return least, most


def divergence(differences: Sequence[Tensor], length: float) -> Tensor:
    """Of two processes, for each of M inputs: half the integral over the log-SNR of the squared distance of their
    expected noises, (M,). Its mean is the Kullback-Leibler divergence, in nats.

    Source: Franzese, Bounoua and Michiardi, ICLR 2024; with the log-SNR as the variable as in Kong et al.,
    "Information-Theoretic Diffusion", ICLR 2023.

    Args:
        differences: of expected noises (M, ...), at equally spaced log-SNRs.
        length: between the ends of these.
    """
    squares = torch.stack([each.flatten(1).square().sum(1) for each in differences])
    return squares.mean(0) * length / 2
