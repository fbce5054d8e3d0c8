"""A regularised autoencoder r tells the score of its data, (r(x) - x) / s^2, the better the less noise s, until the
finite sample prevails (Alain and Bengio, What Regularized Auto-Encoders Learn from the Data-Generating Distribution,
JMLR 2014; from memory, unconfirmed).

A reconstruction contractive autoencoder (RCAE) minimises |r(x) - x|^2 + s^2 |dr/dx|^2, a denoising one (DAE)
|r(x + s e) - x|^2 with e ~ N(0, I). Of Gaussian data with covariance V both minimisers are V (V + s^2)^-1 x: the
estimate is the score of the law with noise added. Here r(x) = x + s^2 W f(x), where f are 1, x and random cosines;
W has a ridge penalty in units of the score, and is solved for exactly. The data are a ring of three Gaussians, and
errors are relative: the root of the mean squared error over that of the score's mean square, on fresh data.
"""

from math import pi, sqrt
from typing import Annotated, Literal, NamedTuple

import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._mixture import ring
from runner.parts.calculations._network import tensor

METRICS = {
    "score_error": ("lower", "[0, inf)", ""),
    "noised_error": ("lower", "[0, inf)", ""),  # against the score of the law with noise added
    "loss": ("lower", "[0, inf)", ""),  # of training, without the ridge
}
MODES, RADIUS, DEVIATION = 3, 1.5, 0.5


class Features(NamedTuple):
    """1, x and cosines of w x + b.

    Attributes:
        directions: w, (F, D).
        phases: b, (F,).
    """

    directions: Tensor
    phases: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """(N, 1 + D + F), of x (N, D)."""
        waves = (x @ self.directions.T + self.phases).cos()
        return torch.cat([torch.ones_like(x[:, :1]), x, waves], 1)

    def jacobian(self, x: Tensor) -> Tensor:
        """Their derivatives (N, 1 + D + F, D)."""
        count, size = x.shape
        slopes = -(x @ self.directions.T + self.phases).sin()[:, :, None] * self.directions
        straight = torch.eye(size, dtype=x.dtype).expand(count, size, size)
        return torch.cat([torch.zeros_like(straight[:, :1]), straight, slopes], 1)


def autoencoder_scores(
    draws: Generator,
    *,
    objective: Literal["rcae", "dae"],
    sigma: Annotated[float, "(0, inf)"],
    samples: Annotated[int, "[2, 1000000]"],
    cosines: Annotated[int, "[0, 10000]"],
    frequency: Annotated[float, "(0, inf)"],
    ridge: Annotated[float, "[0, inf)"],
    tested: Annotated[int, "[1, 10000000]"],
) -> dict[str, float]:
    """How far the score of an autoencoder is from that of its data, and of its data with noise."""
    truth = ring(MODES, RADIUS, DEVIATION)
    training, noising, waving, testing = draws.spawn(4)
    x, noise = truth.sample(training, samples), tensor(noising.normal(size=(samples, 2)))
    features = Features(
        tensor(waving.normal(0, frequency, size=(cosines, 2))), tensor(waving.uniform(0, 2 * pi, size=cosines))
    )
    if objective == "rcae":
        inputs, jacobian = features(x), features.jacobian(x)
        weights = contractive(inputs, jacobian, sigma, ridge)
        loss = rcae(x, x + sigma**2 * inputs @ weights, slope(jacobian, weights, sigma), sigma)
    else:
        noisy = x + sigma * noise
        inputs = features(noisy)
        weights = denoising(inputs, noise, sigma, ridge)
        loss = dae(x, noisy + sigma**2 * inputs @ weights)
    fresh = truth.sample(testing, tested)
    found = features(fresh) @ weights
    return {
        "score_error": relative(found, truth.score(fresh)),
        "noised_error": relative(found, truth.score(fresh, sigma**2)),
        "loss": float(loss.mean()),
    }


def rcae(x: Tensor, output: Tensor, jacobian: Tensor, sigma: float) -> Tensor:
    """|r(x) - x|^2 + s^2 |dr/dx|^2 (N,), of x and r(x) (N, D) and derivatives (N, D, D)."""
    return (output - x).square().sum(1) + sigma**2 * jacobian.square().sum((1, 2))


def dae(x: Tensor, output: Tensor) -> Tensor:
    """|r(x + s e) - x|^2 (N,), of x and the outputs (N, D) on noisy inputs."""
    return (output - x).square().sum(1)


def slope(jacobian: Tensor, weights: Tensor, sigma: float) -> Tensor:
    """Derivatives (N, D, D) of x + s^2 W f(x), those of one output beside each other, from those of f (N, F, D)."""
    straight = torch.eye(jacobian.shape[2], dtype=jacobian.dtype)
    return straight + sigma**2 * torch.einsum("nfd,fo->nod", jacobian, weights)


def contractive(inputs: Tensor, jacobian: Tensor, sigma: float, ridge: float) -> Tensor:
    """W (F, D) of the least mean `rcae` / s^4 + ridge |W|^2, from f (N, F) and its derivatives (N, F, D)."""
    spread = torch.einsum("nfd,ngd->fg", jacobian, jacobian) / len(inputs)
    return solved(inputs.T @ inputs / len(inputs) + sigma**2 * spread, -jacobian.mean(0), ridge)


def denoising(inputs: Tensor, noise: Tensor, sigma: float, ridge: float) -> Tensor:
    """W (F, D) of the least mean `dae` / s^4 + ridge |W|^2, from f of noisy inputs (N, F) and the noise e (N, D)."""
    return solved(inputs.T @ inputs / len(inputs), -inputs.T @ noise / len(inputs) / sigma, ridge)


def solved(moments: Tensor, target: Tensor, ridge: float) -> Tensor:
    """(moments + ridge I)^-1 target."""
    return torch.linalg.solve(moments + ridge * torch.eye(len(moments), dtype=moments.dtype), target)


def relative(found: Tensor, true: Tensor) -> float:
    """|found - true| / |true|, roots of mean squares over rows (N, D)."""
    return sqrt(float((found - true).square().sum() / true.square().sum()))
