"""Entropic plans for objectives that need one in every step: Sinkhorn's scalings themselves, not their logarithms.

That is many times as fast as the plans of runner/parts/measures/_transport.py, and takes costs that are at most some
hundreds of eps above the least of their row and column: beyond, an entry of the kernel is 0.
"""

import numpy as np

STEPS, CLOSE, EVERY = 1000, 1e-7, 5  # at most; when scalings change by less than that share; how often that is asked


def scaled_plan(cost: np.ndarray, eps: float) -> np.ndarray:
    """The plan (N, M) between points that weigh alike, for costs (N, M): Cuturi, "Sinkhorn Distances", NIPS 2013.

    >>> scaled_plan(np.array([[0.0, 1.0], [1.0, 0.0]]), 1.0).round(4)    # 1 / (2 + 2 / e) on the diagonal
    array([[0.3655, 0.1345],
           [0.1345, 0.3655]])
    """
    rows, columns = cost.shape
    least = cost - cost.min(axis=1, keepdims=True)
    kernel = np.exp(-(least - least.min(axis=0)) / eps)
    right = np.ones(columns)
    for step in range(STEPS):
        left = 1 / (rows * (kernel @ right))
        before, right = right, 1 / (columns * (left @ kernel))
        if step % EVERY == 0 and np.abs(before / right - 1).max() < CLOSE:
            break
    return np.asarray(left[:, None] * kernel * right)


def own_plan(cost: np.ndarray, eps: float) -> np.ndarray:
    """The plan (N, N) of points with themselves, for symmetric costs (N, N) with 0 on the diagonal.

    Both scalings are the same, and a step goes half of the way in logarithms: steps that take turns are slow where
    points are far apart (Feydy et al., AISTATS 2019).
    """
    kernel, scale = np.exp(-cost / eps), np.ones(len(cost))
    for step in range(STEPS):
        before, scale = scale, np.sqrt(scale / (len(cost) * (kernel @ scale)))
        if step % EVERY == 0 and np.abs(before / scale - 1).max() < CLOSE:
            break
    return np.asarray(scale[:, None] * kernel * scale)
