"""Transport of two moons to moons that are turned, by maps that are told the classes and by maps that are not
(Asadulaev et al., "Neural Optimal Transport with General Cost Functionals", ICLR 2024).

    max over v, min over T of  F(T) - E v(T x) + E v(y)

    classes:    F = weight sum_n a_n (2 E|T x - y| - E|T x - T x'| - E|y - y'|), all of class n: an energy distance
    quadratic:  F = weight E|x - T x|^2

With |.|^2 in place of |.| the energy distance is twice the squared distance of the means of a class, and no distance of
distributions; which of both the paper has is unconfirmed, so both are here. Class n weighs a_n, its share. The paper's
T also has random inputs; ours has none. Networks, sizes and rates are ours.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from scipy.spatial.distance import cdist
from torch import Tensor

from runner.parts.calculations._gaussian_transport import sample_w2
from runner.parts.calculations._network import tensor
from runner.parts.calculations._transport_training import Descent, two_layers

Array = np.ndarray
METRICS = {
    "class_accuracy": ("higher", "[0, 1]", "share"),  # of points that are mapped to the moon of their class
    "w2": ("lower", "[0, inf)", ""),  # from mapped points to points of the target
    "w2_floor": ("lower", "[0, inf)", ""),  # between as many points of the target and others of it
}
CENTER = np.array([0.5, 0.25])  # about which moons are turned: there one moon is the other's place
MAP_STEPS = 3  # for one of v


def guided_transport(
    draws: Generator,
    *,
    cost: Literal["classes", "quadratic"],
    power: Literal[1, 2],
    weight: Annotated[float, "(0, inf)"],
    turn: Annotated[float, "[-180, 180]"],
    noise: Annotated[float, "[0, 1]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 10000]"],
    lr: Annotated[float, "(0, 1]"],
    width: Annotated[int, "[1, 1000]"],
    tested: Annotated[int, "[10, 10000]"],
) -> dict[str, float]:
    """How many points come to the moon of their class, and how far all are from the target, after training.

    Args:
        power: of distances in the energy distance.
        weight: of F.
        turn: of the target, in degrees; at 180 each moon lies where the other was.
        noise: standard deviation of points about a moon.
        steps: of v; T has three for each.
    """
    start, data, testing = draws.spawn(3)
    move, judge = two_layers(start, 2, width, 2), two_layers(start, 2, width, 1)
    lead, learn = Descent(move.parameters(), lr, MAP_STEPS * steps), Descent(judge.parameters(), lr, steps)
    classes = np.arange(batch_size) % 2

    def batch() -> tuple[Tensor, Tensor]:
        return tensor(moons(data, classes, noise)), tensor(moons(data, classes, noise, turn))

    for _ in range(steps):
        for _ in range(MAP_STEPS):
            x, y = batch()
            mapped = x + move(x)
            spent = (
                (mapped - x).square().sum(1).mean()
                if cost == "quadratic"
                else guidance(mapped, classes, y, classes, power)
            )
            lead(weight * spent - judge(mapped).mean())
        x, y = batch()
        learn(judge((x + move(x)).detach()).mean() - judge(y).mean())
    classes = np.arange(tested) % 2
    sources, targets, others = (moons(testing, classes, noise, by) for by in (0.0, turn, turn))
    ends = (tensor(sources) + move(tensor(sources))).detach().numpy()
    return {
        "class_accuracy": float(np.mean(nearest_moon(ends, turn) == classes)),
        "w2": sample_w2(ends, targets),
        "w2_floor": sample_w2(others, targets),
    }


def moons(draws: Generator, classes: Array, noise: float, turn: float = 0.0) -> Array:
    """Points (N, 2) of the moon 0 or 1 of each class (N,), turned by so many degrees about the middle of both, 0."""
    angle = draws.uniform(0, np.pi, size=len(classes))
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1) - CENTER
    points = np.where(classes[:, None] == 0, upper, -upper) + noise * draws.normal(size=(len(classes), 2))
    return turned(points, turn)


def turned(points: Array, degrees: float) -> Array:
    """(N, 2) points about 0."""
    a = np.radians(degrees)
    return np.asarray(points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]))


def nearest_moon(points: Array, turn: float) -> Array:
    """(N,) which of the moons without noise, which are turned by so many degrees, is nearer to points (N, 2)."""
    angle = np.linspace(0, np.pi, 200)
    upper = turned(np.stack([np.cos(angle), np.sin(angle)], axis=1) - CENTER, turn)
    return np.asarray(cdist(points, upper).min(axis=1) > cdist(points, -upper).min(axis=1)).astype(np.int64)


def guidance(mapped: Tensor, classes: Array, target: Tensor, target_classes: Array, power: int) -> Tensor:
    """() sum over classes of their share (of the mapped, (N,)) times the energy distance of mapped points (N, d) to
    targets (M, d). Each mean is over all pairs, those of points with themselves too."""
    total = torch.zeros((), dtype=mapped.dtype)
    for one in np.unique(classes):
        ours, theirs = mapped[classes == one], target[target_classes == one]
        energy = 2 * apart(ours, theirs, power) - apart(ours, ours, power) - apart(theirs, theirs, power)
        total = total + float(np.mean(classes == one)) * energy
    return total


def apart(x: Tensor, y: Tensor, power: int) -> Tensor:
    """() the mean of |x - y|^power over points (N, d) and (M, d)."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").pow(power).mean()
