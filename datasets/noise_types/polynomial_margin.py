"""Polynomial-margin-diminishing noise: labels are wrong where a reference classifier is unsure."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor

from datasets.faults import exhausted, first_line
from datasets.noise_types._files import found, numbers, probabilities
from datasets.split import CHUNK

KINDS = {  # flip probability from the margin m in [0, 1] between the two most probable classes
    1: lambda m: (1 - m**2) / 2,
    2: lambda m: 1 - m**3,
    3: lambda m: 1 - (m + m**2 + m**3) / 3,
}


def polynomial_margin(
    labels: Tensor,
    num_classes: int,
    rate: float,
    generator: Generator,
    x: Tensor,
    mean: Tensor,
    std: Tensor,
    source_index: Tensor,
    data_root: str,
    *,
    kind: Literal[1, 2, 3],
    form: Literal["paper", "released"],
    reference: str | None,
    components: Annotated[int, "[1, inf)"],
) -> Tensor:
    """Labels are wrong between the two classes that a reference classifier finds most probable, u and s.

    With the margin m = p_u - p_s, f(m) falls as (1 - m^2) / 2, 1 - m^3 or 1 - (m + m^2 + m^3) / 3 for kinds 1, 2 and 3.

    form "paper": a label flips with probability min(c f(m), 1), where c makes the mean `rate`. A flipped label becomes
        u, or s where it was u. Where the reference is sure (m = 1) none flips.
    form "released": whatever the label was, it is drawn anew: u with probability min(c (1 - f(m)), 1), else s, where c
        makes `rate` the expected share of labels that differ from the true ones. Labels flip also where the
        reference is sure, and a label that is neither u nor s always flips. So a reference that is often wrong cannot
        reach low rates.

    Source: Zhang et al., "Learning with Feature-Dependent Label Noise: A Progressive Approach", ICLR 2021, whose
    reference is a network trained on clean labels, and whose levels of 35% and 70% are reached by such a constant. That
    a label which is neither u nor s becomes u is our reading of the paper. The released code (pxiangwu/PLC@9a13490,
    label_noise in utils.py) has 1/c as `factor`, 1.2 by default, set by hand. For two classes it has other functions
    and flips one class only, which is not offered.

    Args:
        labels: (N,) int64 classes.
        num_classes: K.
        rate: in [0, 1].
        generator: the stream to draw from; a larger rate flips the same examples and more.
        x: (N, ...) inputs.
        mean: subtracted from an input, broadcastable.
        std: then divides it.
        source_index: (N,) each example's number in its source's own order.
        data_root: where a relative `reference` is looked for, if it is not in the working directory.
        kind: 1, 2 or 3.
        form: "paper" or "released", as above.
        reference: a .npy file of class probabilities (examples of the source, K); null trains scikit-learn's
            multinomial logistic regression on the labels and the first principal components of the inputs.
        components: how many of them, at most.
    Returns:
        (N,) int64 given labels.
    Raises:
        FileNotFoundError: there is no such reference.
        ValueError: it does not fit, or `rate` cannot be reached.
    """
    if rate == 0:
        return labels
    p = (
        _probabilities(x, labels, mean, std, components)
        if reference is None
        else _read(found(reference, data_root, "reference"), source_index, num_classes)
    )
    top = p.topk(2, dim=1)
    f = KINDS[kind](top.values[:, 0] - top.values[:, 1])
    first, second = top.indices.unbind(1)
    drawn = torch.rand(len(labels), generator=generator)
    if form == "paper":
        other = torch.where(labels == first, second, first)
        return torch.where(drawn < _scaled(f, rate), other, labels)
    return torch.where(drawn < 1 - _kept(1 - f, labels == first, labels == second, rate), second, first)


def _scaled(shape: Tensor, rate: float) -> Tensor:
    """min(c * shape, 1) with the c that makes the mean `rate`."""
    if (shape > 0).double().mean() < rate:
        raise ValueError(f"noise={rate:g}: the reference classifier is sure of too many examples for so high a rate")
    c = _constant(lambda c: (c * shape).clamp(max=1).mean().item(), rate)
    return (c * shape).clamp(max=1)


def _kept(shape: Tensor, is_first: Tensor, is_second: Tensor, rate: float) -> Tensor:
    """min(c * shape, 1), the chance of the first class, with the c that makes `rate` of the labels wrong on average."""

    def wrong(chance: Tensor) -> float:
        return torch.where(is_first, 1 - chance, torch.where(is_second, chance, 1.0)).mean().item()

    least, most = wrong((shape > 0).to(shape)), wrong(torch.zeros_like(shape))
    if not least <= rate <= most:
        raise ValueError(
            f"noise={rate:g}: noise_type.form=released makes from {least:.3g} to {most:.3g} of the labels wrong with "
            "this reference classifier"
        )
    c = _constant(lambda c: -wrong((c * shape).clamp(max=1)), -rate)
    return (c * shape).clamp(max=1)


def _constant(growing: Callable[[float], float], target: float) -> float:
    """Where a growing function reaches the target, by bisection from 0. It has to reach it."""
    low, high = 0.0, 1.0
    while growing(high) < target:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if growing(middle) < target else (low, middle)
    return high


@lru_cache(maxsize=1)  # tensors are told apart by identity: seeds that share a training set share its reference
def _probabilities(x: Tensor, labels: Tensor, mean: Tensor, std: Tensor, components: int) -> Tensor:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    inputs = torch.cat([((c.to(mean.dtype) - mean) / std).flatten(1) for c in x.split(CHUNK)]).numpy()
    few = min(components, *inputs.shape)
    projected = PCA(few, whiten=True, svd_solver="randomized", random_state=0).fit_transform(inputs)
    model = LogisticRegression(max_iter=1000).fit(projected, labels.numpy())
    return torch.from_numpy(model.predict_proba(projected)).double()


def _read(path: Path, source_index: Tensor, num_classes: int) -> Tensor:
    try:
        p = numbers(path)
    except (OSError, ValueError) as error:
        if exhausted(error):
            raise
        raise ValueError(f"noise_type.reference={path}: not a .npy file of numbers ({first_line(error)})") from error
    if p.ndim != 2 or p.shape[1] != num_classes or len(p) <= source_index.max():
        raise ValueError(
            f"noise_type.reference={path}: has shape {p.shape}; must have a row for each example of the source "
            f"and {num_classes} columns, one for each class"
        )
    return probabilities(p, f"noise_type.reference={path}")[source_index]
