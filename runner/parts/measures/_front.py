"""What several networks, of which one may choose any, give environments together."""

from math import prod

import numpy as np
import torch
from torch import Tensor


def front(accuracy: Tensor) -> dict[str, Tensor]:
    """{metric: (S,)}: hypervolume, the volume of all that is at most as good in every environment as one of the P
    networks, in [0, 1] (Zitzler and Thiele, "Multiobjective Evolutionary Algorithms", IEEE Transactions on Evolutionary
    Computation 1999): of one network the product of its accuracies; front_spread, the largest difference between two
    networks' accuracies in one environment, 0 of one network.

    Args:
        accuracy: (S, P, E), nan in environments that a seed has no example of, which do not count for it.
    """
    there = accuracy.isfinite()
    highest, lowest = accuracy.where(there, 0).amax(1), accuracy.where(there, 1).amin(1)
    volumes = [hypervolume(points[:, ~np.isnan(points).any(0)]) for points in accuracy.cpu().numpy()]
    return {
        "hypervolume": torch.tensor(volumes, dtype=accuracy.dtype, device=accuracy.device),
        "front_spread": (highest - lowest).amax(1).clamp(min=0),
    }


def hypervolume(points: np.ndarray) -> float:
    """Of points (P, E) of numbers from 0 up, the volume that lies between 0 and one or more of them.

    Exact, by what each adds to those after it (While, Bradstreet and Barone, "A Fast Way of Calculating Exact
    Hypervolumes", IEEE Transactions on Evolutionary Computation 2012).

    >>> hypervolume(np.array([[0.5, 1.0], [1.0, 0.25], [0.5, 0.25]]))    # 0.5 * 1 and beside it 0.5 * 0.25
    0.625
    """
    kept = _undominated(points)
    return float(sum(prod(p) - hypervolume(np.minimum(kept[i + 1 :], p)) for i, p in enumerate(kept)))


def _undominated(points: np.ndarray) -> np.ndarray:
    """(Q, E) of points (P, E) those that no other one reaches in every coordinate, each once."""
    each = np.unique(points, axis=0)
    reached = (each[None] >= each[:, None]).all(2).sum(1)  # by itself, too
    return each[reached == 1]
