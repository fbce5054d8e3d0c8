"""Information in bits of what layers hold, by bins of each unit.

    range    bins of one width between -1 and 1; what lies beyond is in the bin at that end
    span     bins of one width from the least to the most that the layer holds
    mass     bins of one mass: their edges are quantiles of all that the layer holds

A network is a function of its input, and so what a layer says of inputs that all differ, I(X;T), is the entropy H(T) of
its binned activations.
"""

from typing import Literal

import numpy as np

Binning = Literal["range", "span", "mass"]
Held = np.ndarray  # (T, N, D) what D units of a layer hold of N inputs, at each of T times


def edges(held: Held, binning: Binning, bins: int) -> np.ndarray:
    """(bins - 1,) what separates bins, which are the same of all units and times."""
    if binning == "mass":
        return np.quantile(held, np.linspace(0, 1, bins + 1)[1:-1])
    low, high = (-1.0, 1.0) if binning == "range" else (held.min(), held.max())
    return np.linspace(low, high, bins + 1)[1:-1]


def binned(held: Held, separating: np.ndarray) -> np.ndarray:
    """(T, N) of each time, which inputs have all units in the same bins."""
    places = np.searchsorted(separating, held, side="right")
    found = np.zeros(places.shape[:2], dtype=np.int64)
    for unit in range(places.shape[2]):  # counted anew after each unit, so that no number overflows
        joint = found * (len(separating) + 1) + places[..., unit]
        found = np.stack([np.unique(each, return_inverse=True)[1] for each in joint])
    return found


def entropy(cells: np.ndarray) -> float:
    """H in bits of which of N inputs are alike (N,)."""
    share = np.unique(cells, return_counts=True)[1] / len(cells)
    return max(0.0, -float((share * np.log2(share)).sum()))


def label_information(cells: np.ndarray, labels: np.ndarray) -> float:
    """I(T;Y) in bits, of cells (N,) and labels (N,), which are numbers from 0 on."""
    return max(0.0, entropy(cells) + entropy(labels) - entropy((labels.max() + 1) * cells + labels))
