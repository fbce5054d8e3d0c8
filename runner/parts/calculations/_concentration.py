"""Random views of 8 x 8 images, and how near views of one class come (Huang et al., "Towards the Generalization of
Contrastive Self-Supervised Learning", ICLR 2023)."""

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import tensor

SIDE = 8


def views(draws: Generator, x: Tensor, strengths: np.ndarray) -> Tensor:
    """A view of each image (N, 64), in each of R ways (R, N, 64).

    Args:
        strengths: (R, 3): an image is moved by up to so many whole pixels either way, along both axes, with zeros
            beside it; this share of its pixels becomes 0; and all are multiplied by 1 plus or minus up to this.
    """
    moves, erased, contrast = strengths.T[..., None]
    n, ways = len(x), len(strengths)
    moved = np.floor(draws.uniform(size=(2, ways, n)) * (2 * moves + 1)).astype(np.int64) - moves.astype(np.int64)
    rows, columns = (np.arange(SIDE) - axis[..., None] for axis in moved)  # (R, N, 8) each, where a pixel comes from
    there = ((rows >= 0) & (rows < SIDE))[..., None] & ((columns >= 0) & (columns < SIDE))[:, :, None]
    places = rows.clip(0, SIDE - 1)[..., None] * SIDE + columns.clip(0, SIDE - 1)[:, :, None]
    seen = np.take_along_axis(x.numpy()[None], places.reshape(ways, n, -1), axis=2) * there.reshape(ways, n, -1)
    kept = draws.uniform(size=seen.shape) >= erased[..., None]
    return tensor(seen * kept * (1 + contrast * draws.uniform(-1, 1, size=(ways, n)))[..., None])


def augmented_distance(seen: Tensor) -> Tensor:
    """The least distance of any view of one image to any of another (N, N), of views (N, V, C)."""
    n, count, _ = seen.shape
    flat = seen.flatten(0, 1)
    return torch.cdist(flat, flat).view(n, count, n, count).amin((1, 3))


def concentration(distances: Tensor, most: float) -> float:
    """sigma: a share of images, all of which are within this distance of each other, of distances (N, N).

    The largest such set is hard to find. This one begins with the image that has most others within the distance, and
    takes the others after it by how many they have, each if it is near all that were taken; so it is a lower bound.
    """
    near = (distances <= most).numpy()
    taken: list[int] = []
    for image in np.argsort(-near.sum(0), kind="stable"):
        if near[image, taken].all():
            taken.append(int(image))
    return len(taken) / len(near)
