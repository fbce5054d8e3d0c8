"""Thin tubes in noisy volumes, segmented by a small network that is trained with or without a term on maximum
intensity projections (SPOCKMIP; Radhakrishna et al., Segmentation of Vessels in MRAs with Enhanced Continuity using
Maximum Intensity Projection as Loss, arXiv 2407.08655).

The objective is a loss between the volumes of predictions and truth plus a weight times the mean, over axes, of that
loss between their projections: the maxima along an axis. The loss here is 1 - Dice with a smoothing term; the paper's
is another of the kind (focal Tversky, unconfirmed). One axis is the paper's first method, all three its second.

A volume has tubes, each along an axis, whose middle goes to and fro and whose intensity rises and falls; noise is
normal. The network sees a voxel and its 26 neighbours. Continuity is measured by how far the number of connected
components is from that of the truth. Sizes are ours, and were chosen on other seeds than those of any claim.
"""

from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from scipy.ndimage import label
from torch import Tensor

from runner.parts.calculations._network import Network, batches, descend, tensor

Array = np.ndarray
METRICS = {
    "components_off": ("lower", "[0, inf)", "components"),  # mean of |predicted - true|
    "dice": ("higher", "[0, 1]", "share"),
}
WIDTH, BATCH, LR = 16, 4, 0.01
SMOOTH = 1.0
RADIUS = 1.0  # voxels


def tube_segmentation(
    draws: Generator,
    *,
    weight: Annotated[float, "[0, inf)"],
    axes: Annotated[int, "[1, 3]"],
    size: Annotated[int, "[4, 64]"],
    tubes: Annotated[int, "[1, 10]"],
    noise: Annotated[float, "[0, inf)"],
    volumes: Annotated[int, "[1, 1000]"],
    epochs: Annotated[int, "[1, 10000]"],
) -> dict[str, float]:
    """How far predictions, those above 1/2, of as many new volumes are from the truth.

    Args:
        weight: of projections; 0 is Dice alone.
        axes: along how many of the three there are projections.
        size: voxels along each axis.
    """
    training, testing, start, order = draws.spawn(4)
    x, y = made(training, volumes, size, tubes, noise)
    network, seen = Network(start, [27, WIDTH, WIDTH, 1], ["relu"] * 2), around(x)
    optimizer = torch.optim.Adam(network.parameters(), lr=LR)
    for batch in batches(order, volumes, BATCH, epochs):
        descend(optimizer, projected_loss(predicted(network, seen[batch]), y[batch], weight, axes).mean())
    x, y = made(testing, volumes, size, tubes, noise)
    with torch.no_grad():
        found = (predicted(network, around(x)) > 0.5).double()
    off = [abs(components(one) - components(true)) for one, true in zip(found.numpy(), y.numpy(), strict=True)]
    return {"components_off": float(np.mean(off)), "dice": 1 - float(dice_loss(found, y, 0.0).mean())}


def made(draws: Generator, count: int, size: int, tubes: int, noise: float) -> tuple[Tensor, Tensor]:
    """Noisy volumes and the truth, 0 or 1, (N, D, D, D) each."""
    truth, signal = np.zeros((2, count, size, size, size))
    for each in range(count):
        for _ in range(tubes):
            inside, intensity = tube(draws, size)
            axis = int(draws.integers(3))
            truth[each] = np.maximum(truth[each], np.moveaxis(inside, 0, axis))
            signal[each] = np.maximum(signal[each], np.moveaxis(inside * intensity[:, None, None], 0, axis))
    return tensor(signal + noise * draws.normal(size=signal.shape)), tensor(truth)


def tube(draws: Generator, size: int) -> tuple[Array, Array]:
    """Which voxels (D, D, D) are within RADIUS of the middle of a tube along the first axis, and intensities (D,)."""
    along, place = np.linspace(0, 2 * np.pi, size), np.arange(size)
    phase, center = draws.uniform(0, 2 * np.pi, 3), draws.uniform(0.25, 0.75, 2) * (size - 1)
    middle = center[:, None] + size / 6 * np.sin(along + phase[:2, None])
    away = [(place - each[:, None]) ** 2 for each in middle]
    return (away[0][:, :, None] + away[1][:, None, :] <= RADIUS**2) * 1.0, 0.7 + 0.3 * np.sin(2 * along + phase[2])


def dice_loss(p: Tensor, y: Tensor, smooth: float = SMOOTH) -> Tensor:
    """1 - Dice (B,) of p and y (B, ...), both in [0, 1]: 1 - (2 sum p y + smooth) / (sum p + sum y + smooth)."""
    p, y = p.flatten(1), y.flatten(1)
    return 1 - (2 * (p * y).sum(1) + smooth) / (p.sum(1) + y.sum(1) + smooth)


def projected_loss(p: Tensor, y: Tensor, weight: float, axes: int) -> Tensor:
    """Of p and y (B, D, D, D): (B,)."""
    projections = [dice_loss(p.amax(axis), y.amax(axis)) for axis in range(1, 1 + axes)]
    return dice_loss(p, y) + weight * torch.stack(projections).mean(0)


def predicted(network: Network, seen: Tensor) -> Tensor:
    """Probabilities (B, D, D, D) of what is around each voxel (B, D, D, D, 27)."""
    return torch.sigmoid(network(seen.flatten(0, -2))[:, 0]).reshape(seen.shape[:-1])


def around(x: Tensor) -> Tensor:
    """Each voxel of (B, D, D, D) with its 26 neighbours, 0 outside of the volume: (B, D, D, D, 27)."""
    x = F.pad(x, (1,) * 6)
    for axis in (1, 2, 3):
        x = x.unfold(axis, 3, 1)
    return x.flatten(4)


def components(found: Array) -> int:
    """How many parts that do not touch, by a side, an edge or a corner, (D, D, D) has."""
    return int(label(found, structure=np.ones((3, 3, 3)))[1])
