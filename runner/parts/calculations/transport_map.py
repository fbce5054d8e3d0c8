"""How near maps and plans that are learnt from samples come to optimal transport between two Gaussians, of which the
cost, the map and the entropic plan are known in closed form.

Both Gaussians are centred; their covariances are drawn for each seed, in random directions, and so are the samples. The
objectives, and what they are from, are told in _transport_maps.py, _rectified_flow.py and _entropic_plans.py. Networks,
sizes and rates are ours.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._entropic_plans import egnot, enot
from runner.parts.calculations._gaussian_transport import (
    bures_uvp,
    drawn_covariance,
    entropic_cross,
    joint,
    optimal_map,
    root,
    sample_w2,
    w2_squared,
)
from runner.parts.calculations._network import tensor
from runner.parts.calculations._rectified_flow import rectified
from runner.parts.calculations._transport_maps import Regularized, discrete, from_moments, regularized
from runner.parts.calculations._transport_objectives import Entropy
from runner.parts.calculations._transport_training import Map, Samples, Training, new_points

METRICS = {
    "l2_uvp": ("lower", "[0, inf)", "%"),  # E|T x - T* x|^2 over the variance of the target
    "bw2_uvp": ("lower", "[0, inf)", "%"),  # of the moments of T x
    "plan_uvp": ("lower", "[0, inf)", "%"),  # of the moments of x and T x together, against the entropic plan
    "cost_gap": ("lower", "[-100, inf)", "%"),  # E|x - T x|^2 less the least cost, over the least cost
    "w2": ("lower", "[0, inf)", ""),  # from points T x to points of the target
    "w2_floor": ("lower", "[0, inf)", ""),  # between as many points of the target and others of it
}
Objective = Literal[
    "identity", "independent", "moments", "discrete", "sinkhorn_divergence", "monge_gap", "rectified", "c_rectified",
    "enot", "egnot",
]  # fmt: skip


def transport_map(
    draws: Generator,
    *,
    objective: Objective,
    features: Annotated[int, "[2, 100]"],
    spread: Annotated[float, "(1, 100]"],
    examples: Annotated[int, "[0, 100000]"],
    blur: Annotated[float, "[0, 10]"],
    entropy: Entropy,
    weight: Annotated[float, "[0, inf)"],
    rounds: Annotated[int, "[1, 10]"],
    eps: Annotated[float, "(0, 100]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 10000]"],
    lr: Annotated[float, "(0, 1]"],
    width: Annotated[int, "[1, 1000]"],
    tested: Annotated[int, "[10, 10000]"],
) -> dict[str, float]:
    """Distances of what an objective finds from the truth, on new points.

    Args:
        spread: eigenvalues of covariances are from 1 / spread to spread.
        examples: of each distribution; 0: new points in every batch, and a batch for objectives that are not trained.
        blur: eps of Sinkhorn's divergence and of the Monge gap, over the mean cost of independent pairs.
        weight: of the Monge gap.
        rounds: of rectified flow.
        eps: of the entropic plan, for the cost |x - y|^2 / 2; enot and egnot learn it, and all are compared with it.
    """
    problem, start, data, testing = draws.spawn(4)
    covs = (drawn_covariance(problem, features, spread), drawn_covariance(problem, features, spread))
    samples = Samples((root(covs[0]), root(covs[1])), examples, data)
    training = Training(steps, batch_size, lr, width)
    reg = Regularized(blur * float(np.trace(covs[0] + covs[1])), entropy, weight)
    found: dict[Objective, Callable[[], Map]] = {
        "identity": lambda: lambda points, draws: points,
        "independent": lambda: lambda points, draws: tensor(new_points(samples.roots[1], len(points), draws)),
        "moments": lambda: from_moments(*samples.all(batch_size)),
        "discrete": lambda: discrete(*samples.all(batch_size)),
        "sinkhorn_divergence": lambda: regularized(reg._replace(weight=0.0), start, samples, training),
        "monge_gap": lambda: regularized(reg, start, samples, training),
        "rectified": lambda: rectified(rounds, start, samples, training, potential=False),
        "c_rectified": lambda: rectified(rounds, start, samples, training, potential=True),
        "enot": lambda: enot(eps, start, samples, training),
        "egnot": lambda: egnot(eps, start, samples, training),
    }
    return distances(found[objective](), covs, eps, tested, testing)


def distances(
    found: Map, covs: tuple[np.ndarray, np.ndarray], eps: float, tested: int, testing: Generator
) -> dict[str, float]:
    """METRICS of a map between Gaussians with covariances (d, d), at so many points."""
    points, noise = testing.spawn(2)
    x, y, other = (new_points(root(cov), tested, points) for cov in (covs[0], covs[1], covs[1]))
    mapped = found(tensor(x), noise).detach().numpy()
    best = x @ optimal_map(*covs).T
    plan = joint(*covs, entropic_cross(*covs, eps))
    least = w2_squared(*covs)
    return {
        "l2_uvp": 100 * float(np.mean(np.sum((mapped - best) ** 2, axis=1)) / np.trace(covs[1])),
        "bw2_uvp": bures_uvp(mapped, covs[1]),
        "plan_uvp": bures_uvp(np.concatenate([x, mapped], axis=1), plan),
        "cost_gap": 100 * float(np.mean(np.sum((mapped - x) ** 2, axis=1)) / least - 1),
        "w2": sample_w2(mapped, y),
        "w2_floor": sample_w2(other, y),
    }
