"""Points of a plane, drawn from a mixture of Gaussians: made up, and their density is known."""

import math
from typing import Annotated, Literal

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Generator, Tensor

from datasets.split import Split

HALF = 4.0  # the square that is looked at is [-4, 4] x [-4, 4]
WIDEST = 2.5  # deviations of a mode that a cell may be wide
COMPARED = 1000  # points at most, of two samples that are matched with each other
PAIRS = 4  # of fresh samples, whose mean distance is the least that one can expect

Shape = Literal["ring", "grid", "moons", "spiral"]


def planar(
    *,
    shape: Shape,
    deviation: Annotated[float, "(0, 1]"],
    outliers: Annotated[float, "[0, 1)"],
    num_train: Annotated[int, "[2, inf)"],
    side: Annotated[int, "[8, 1000]"],
    world: Annotated[int, "[0, inf)"],
    task: Literal["density"],
) -> Split:
    """Training points (N, 2), and the middles of side x side cells of the square [-4, 4]^2 to be tested on, in random
    order.

    What is true of a test example (7,) is the log density at the point, the point, a true sample, and the centre of the
    mode that this is from. There are no targets: these are zeros.

    Args:
        shape: ring, 8 modes on a circle of radius 2; grid, 9 modes 2 apart; moons, two half circles of 16 modes each;
            spiral, 32 modes. All have the same weight.
        deviation: standard deviation of a mode.
        outliers: share of the training points that are drawn uniformly from the square instead. The truth has none.
        num_train: N.
        side: cells a side.
        world: another number gives other points.
        task: what is asked.
    Raises:
        ValueError: cells are so wide that modes fall between their middles.
    """
    if 2 * HALF / side > WIDEST * deviation:
        needed = math.ceil(2 * HALF / (WIDEST * deviation))
        raise ValueError(
            f"side={side}: cells are wider than {WIDEST:g} deviations; must be at least {needed} with {deviation:g}"
        )
    draw = torch.Generator().manual_seed(world)
    middle = centres(shape)
    x, _ = sampled(middle, deviation, num_train, draw)
    far = torch.rand(num_train, 1, generator=draw, dtype=torch.float64) < outliers
    anywhere = HALF * (2 * torch.rand(num_train, 2, generator=draw, dtype=torch.float64) - 1)
    x = anywhere.where(far, x)
    points = cells(side)[torch.randperm(side**2, generator=draw)]
    sample, mode = sampled(middle, deviation, side**2, draw)
    rows = torch.cat([log_density(points, middle, deviation)[:, None], points, sample, middle[mode]], 1)
    least = np.mean([_apart(middle, deviation, side**2, draw) for _ in range(PAIRS)])
    best = {"w2": float(least), "modes": 1.0, "kl": 0.0, "reverse_kl": 0.0}
    still, unit = torch.zeros(2), torch.ones(2)
    y, test_y = (torch.zeros(len(each), 1) for each in (x, points))
    return Split(
        x.float(), y, points.float(), test_y, (), still, unit, task=task, optimum=best, truth=rows.float()
    )  # fmt: skip


def centres(shape: Shape) -> Tensor:
    """(C, 2) of the modes, in float64."""
    if shape == "ring":
        angle = 2 * math.pi * torch.arange(8, dtype=torch.float64) / 8
        return 2 * torch.stack([angle.cos(), angle.sin()], 1)
    if shape == "grid":
        at = torch.tensor([-2.0, 0.0, 2.0], dtype=torch.float64)
        return torch.cartesian_prod(at, at)
    if shape == "moons":
        angle = math.pi * torch.linspace(0, 1, 16, dtype=torch.float64)
        upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
        return 1.5 * torch.cat([upper, -upper])
    turn = torch.linspace(0.3, 1, 32, dtype=torch.float64).sqrt()
    return 2.8 * turn[:, None] * torch.stack([(3 * math.pi * turn).cos(), (3 * math.pi * turn).sin()], 1)


def sampled(middle: Tensor, deviation: float, n: int, draw: Generator) -> tuple[Tensor, Tensor]:
    """n points (n, 2) of the mixture, and which mode (n,) each is from."""
    mode = torch.randint(len(middle), (n,), generator=draw)
    return middle[mode] + deviation * torch.randn(n, 2, generator=draw, dtype=torch.float64), mode


def log_density(points: Tensor, middle: Tensor, deviation: float) -> Tensor:
    """(M, 2) -> (M,), in nats.

    >>> round(log_density(torch.zeros(1, 2), torch.zeros(1, 2), 0.5).exp().item() * 2 * math.pi * 0.25, 6)
    1.0
    """
    squares = (points[:, None] - middle).square().sum(2) / deviation**2
    return (-squares / 2).logsumexp(1) - math.log(2 * math.pi * deviation**2 * len(middle))


def cells(side: int) -> Tensor:
    """(side^2, 2) the middles of cells of the square, row by row."""
    at = HALF * (2 * (torch.arange(side, dtype=torch.float64) + 0.5) / side - 1)
    return torch.cartesian_prod(at, at)


def wasserstein(one: Tensor, other: Tensor) -> float:
    """The 2-Wasserstein distance of two samples (n, 2) of equal size: exactly, by the best matching.

    >>> wasserstein(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[1.0, 3.0], [0.0, 3.0]]))
    3.0
    """
    squares = (one[:, None] - other).square().sum(2).numpy()
    at = linear_sum_assignment(squares)
    return float(squares[at].mean() ** 0.5)


def _apart(middle: Tensor, deviation: float, most: int, draw: Generator) -> float:
    """Between two fresh samples, of as many points as are compared."""
    n = min(COMPARED, most)
    (one, _), (other, _) = (sampled(middle, deviation, n, draw) for _ in range(2))
    return wasserstein(one, other)
