"""Polynomial-margin-diminishing noise: labels are wrong where a reference classifier is unsure."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from datasets.faults import exhausted, first_line
from datasets.noise_types._files import found
from datasets.split import CHUNK

KINDS = {  # flip probability from the margin m in [0, 1] between the two most probable classes
    1: lambda m: (1 - m**2) / 2,
    2: lambda m: 1 - m**3,
    3: lambda m: 1 - (m + m**2 + m**3) / 3,
}


def polynomial_margin(
    labels: Tensor,
    rate: float,
    generator: Generator,
    x: Tensor,
    mean: Tensor,
    std: Tensor,
    source_index: Tensor,
    data_root: str,
    *,
    kind: Literal[1, 2, 3],
    reference: str | None,
    components: Annotated[int, "[1, inf)"],
) -> Tensor:
    """An example flips between the two classes that a reference classifier finds most probable, u and s.

    The probability of a flip falls with the margin m = p_u - p_s, as (1 - m^2) / 2, 1 - m^3 or 1 - (m + m^2 + m^3) / 3
    for kinds 1, 2 and 3, times the constant that makes its mean `rate` (none may exceed 1). A flipped label becomes u,
    or s where it was u.

    Source: Zhang et al., "Learning with Feature-Dependent Label Noise: A Progressive Approach", ICLR 2021, whose
    reference is a network trained on clean labels, and whose levels of 35% and 70% are reached by such a constant. That
    a label which is neither u nor s becomes u is our reading.

    Args:
        labels: (N,) int64 classes.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate flips the same examples and more.
        x: (N, ...) inputs.
        mean: subtracted from an input, broadcastable.
        std: then divides it.
        source_index: (N,) each example's number in its source's own order.
        data_root: where a relative `reference` is looked for, if it is not in the working directory.
        kind: 1, 2 or 3.
        reference: a .npy file of class probabilities (examples of the source, K); null trains scikit-learn's
            multinomial logistic regression on the labels and the first principal components of the inputs.
        components: how many of them, at most.
    Returns:
        (N,) int64 given labels.
    Raises:
        FileNotFoundError: there is no such reference.
        ValueError: it does not fit, or `rate` cannot be reached.
    """
    p = (
        _probabilities(x, labels, mean, std, components)
        if reference is None
        else _read(found(reference, data_root), source_index)
    )
    top = p.topk(2, dim=1)
    flip = _scaled(KINDS[kind](top.values[:, 0] - top.values[:, 1]), rate)
    first, second = top.indices.unbind(1)
    other = torch.where(labels == first, second, first)
    return torch.where(torch.rand(len(labels), generator=generator) < flip, other, labels)


def _scaled(shape: Tensor, rate: float) -> Tensor:
    """min(c * shape, 1) with the c that makes the mean `rate`: found by bisection, for the mean grows with c."""
    if (shape > 0).double().mean() < rate:
        raise ValueError(f"noise={rate:g}: the reference classifier is sure of too many examples for so high a rate")
    low, high = 0.0, 1.0
    while (high * shape).clamp(max=1).mean() < rate:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (middle * shape).clamp(max=1).mean() < rate else (low, middle)
    return (high * shape).clamp(max=1)


@lru_cache(maxsize=1)  # tensors are told apart by identity: seeds that share a training set share its reference
def _probabilities(x: Tensor, labels: Tensor, mean: Tensor, std: Tensor, components: int) -> Tensor:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    inputs = torch.cat([((c.to(mean.dtype) - mean) / std).flatten(1) for c in x.split(CHUNK)]).numpy()
    few = min(components, *inputs.shape)
    projected = PCA(few, whiten=True, svd_solver="randomized", random_state=0).fit_transform(inputs)
    model = LogisticRegression(max_iter=1000).fit(projected, labels.numpy())
    return torch.from_numpy(model.predict_proba(projected)).double()


def _read(path: Path, source_index: Tensor) -> Tensor:
    try:
        p = torch.from_numpy(np.load(path, allow_pickle=False)).double()
    except (OSError, ValueError) as error:
        if exhausted(error):
            raise
        raise ValueError(f"noise_type.reference={path}: not a .npy file of numbers ({first_line(error)})") from error
    if p.dim() != 2 or p.shape[1] < 2 or len(p) <= source_index.max():
        raise ValueError(
            f"noise_type.reference={path}: has shape {tuple(p.shape)}; must have a row for each example of the source "
            "and a column for each class"
        )
    return p[source_index]
