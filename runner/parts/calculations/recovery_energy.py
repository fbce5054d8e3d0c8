"""Energies that are learnt by recovering points from noisier ones, against energies of the points themselves (Gao et
al., Learning Energy-Based Models by Diffusion Recovery Likelihood, ICLR 2021; Zhu et al., Learning Energy-Based Models
by Cooperative Diffusion Recovery Likelihood, ICLR 2024, whose energy half this is; titles from memory).

    x_{t+1} = a x_t + s e,    y = a x_t,    a^2 + s^2 = 1
    p(y | x_{t+1}) ~ exp(f_t(y) - (y - x_{t+1})^2 / (2 s^2)),    loss = mean of f_t(y') - f_t(y)

y' is what Langevin steps make of x_{t+1}, from which the gradient does not flow. Given a noisier point there is mostly
one mode to find, so few steps do. `short_run` has one energy, of x, and as many steps from normal noise of the data's
size (Nijkamp et al., NeurIPS 2019). The cooperative paper also learns where to begin, which is not here, and its
weights of levels are not known to us: all count alike.

Points are of two modes with unequal weights on a line, so the density that an energy has is normalized on a grid, and
its divergence from the truth is exact but for that. Sizes are ours.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import descend

METRICS = {
    "kl": ("lower", "[0, inf)", "nats"),  # of the truth from what was learnt
    "weight_error": ("lower", "[0, 1]", ""),  # of the probability of the larger mode
}
AT, WEIGHT, DEVIATION = (-2.0, 2.0), 0.7, 0.4  # of the modes; the weight of the second
GRID = np.linspace(-6, 6, 1201)
Slope = Callable[[Tensor], Tensor]


def recovery_energy(
    draws: Generator,
    *,
    objective: Literal["recovery", "short_run"],
    levels: Annotated[int, "[1, 100]"],
    noise: Annotated[float, "(0, 1)"],
    langevin: Annotated[int, "[1, 10000]"],
    size: Annotated[float, "(0, 1]"],
    points: Annotated[int, "[2, 1000000]"],
    hidden: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch: Annotated[int, "[1, 100000]"],
    lr: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """How far the density of the energy is from the truth.

    Args:
        levels: of noise; `short_run` has one.
        noise: s of each.
        langevin: steps for each negative point.
        size: of a step, in deviations of the noise, or of the data.
    """
    data, first, order = draws.spawn(3)
    x = torch.tensor(sampled(data, points))
    count = levels if objective == "recovery" else 1
    energy = Energy(first, count, hidden)
    optimizer = torch.optim.Adam(energy.weights, lr=lr)
    normal = torch.Generator().manual_seed(int(order.integers(2**31)))
    for _ in range(steps):
        chosen = x[torch.randint(points, (batch,), generator=normal)]
        level = torch.randint(count, (batch,), generator=normal)
        slope = partial(energy.slope, level=level)
        if objective == "recovery":
            real, seen = noised(chosen, level, noise, normal)
            found = langevin_steps(slope, seen, noise * size, langevin, normal, (seen, noise))
        else:
            real, deviation = chosen, float(x.std())
            start = deviation * torch.randn(batch, generator=normal, dtype=torch.float64)
            found = langevin_steps(slope, start, deviation * size, langevin, normal, None)
        descend(optimizer, (energy(found, level) - energy(real, level)).mean())
    shrunk = (1 - noise**2) ** 0.5 if objective == "recovery" else 1.0
    at = torch.tensor(shrunk * GRID)
    with torch.no_grad():
        return measured(energy(at, torch.zeros(len(GRID), dtype=torch.int64)).numpy())


class Energy:
    """f of points (B,) at levels (B,) -> (B,): a network of two layers of tanh, for each level its own biases."""

    def __init__(self, draws: Generator, levels: int, hidden: int):
        shapes = [(1, hidden), (levels, hidden), (hidden, hidden), (levels, hidden), (hidden, 1)]
        self.weights = [torch.tensor(draws.normal(size=s) / s[0] ** 0.5, requires_grad=True) for s in shapes]

    def __call__(self, y: Tensor, level: Tensor) -> Tensor:
        first, bias, second, other, out = self.weights
        inner = torch.tanh(y[:, None] @ first + bias[level])
        found: Tensor = (torch.tanh(inner @ second + other[level]) @ out)[:, 0]
        return found

    def slope(self, y: Tensor, level: Tensor) -> Tensor:
        """By y, (B,)."""
        y = y.detach().requires_grad_()
        return torch.autograd.grad(self(y, level).sum(), y)[0]


def sampled(draws: Generator, n: int) -> np.ndarray:
    """n points (n,) of the truth."""
    mode = draws.random(n) < WEIGHT
    return np.where(mode, AT[1], AT[0]) + DEVIATION * draws.normal(size=n)


def noised(x: Tensor, level: Tensor, noise: float, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points (B,) at levels (B,) -> a x_t and x_{t+1}, (B,) each."""
    kept = (1 - noise**2) ** (level / 2.0)
    e, more = torch.randn(2, len(x), generator=draws, dtype=torch.float64)
    real = (1 - noise**2) ** 0.5 * (kept * x + (1 - kept**2).sqrt() * e)
    return real, real + noise * more


def langevin_steps(
    slope: Slope, start: Tensor, size: float, count: int, draws: torch.Generator, seen: tuple[Tensor, float] | None
) -> Tensor:
    """Where so many steps of this size lead from points (B,).

    Args:
        slope: of the energy.
        seen: the noisier points (B,) and the deviation of their noise, towards which steps go as well; None for none.
    """
    y = start
    for _ in range(count):
        pull = slope(y) if seen is None else slope(y) - (y - seen[0]) / seen[1] ** 2
        y = y + size**2 / 2 * pull + size * torch.randn(len(y), generator=draws, dtype=torch.float64)
    return y.detach()


def measured(energy: np.ndarray) -> dict[str, float]:
    """Energies (M,) on the grid -> the metrics."""
    log_p = np.logaddexp(
        *(
            np.log(share) - ((GRID - at) / DEVIATION) ** 2 / 2
            for share, at in zip((1 - WEIGHT, WEIGHT), AT, strict=True)
        )
    )
    p, q = (np.exp(each - np.logaddexp.reduce(each)) for each in (log_p, energy))
    apart = log_p - np.logaddexp.reduce(log_p) - energy + np.logaddexp.reduce(energy)
    larger = GRID > 0
    return {"kl": max(float(p @ apart), 0.0), "weight_error": abs(float(q[larger].sum() - p[larger].sum()))}
