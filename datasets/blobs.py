"""Gaussian blobs, one a class: made up, in milliseconds, for tests and first tries."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from datasets.split import Split

FRESH = 100_000  # examples that show what is possible


def blobs(
    *,
    num_train: Annotated[int, "[1, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    num_classes: Annotated[int, "[2, inf)"],
    dim: Annotated[int, "[1, inf)"],
    distance: Annotated[float, "[0, inf)"],
) -> Split:
    """Unit-variance normal clouds around centres that are themselves normal with standard deviation `distance`.

    The best possible accuracy and NLL, of the true class probabilities, are means over 100,000 fresh examples, and so
    known to about 0.1 points.

    Args:
        num_train: N; classes take turns, so that they differ by at most one example.
        num_test: M.
        num_classes: K.
        dim: D.
        distance: how far apart the centres lie; 0 makes the classes indistinguishable.
    """
    draw = torch.Generator().manual_seed(0)
    centres = distance * torch.randn(num_classes, dim, generator=draw)
    y = torch.arange(num_train + num_test) % num_classes
    x = centres[y] + torch.randn(len(y), dim, generator=draw)
    names = tuple(f"blob {k}" for k in range(num_classes))
    one = torch.ones(1)
    parts = x[:num_train], y[:num_train], x[num_train:], y[num_train:]
    return Split(*parts, names, 0 * one, one, optimum=_bayes(centres))


def _bayes(centres: Tensor) -> dict[str, float]:
    """What the posterior of the classes comes to, where all are as likely: centres (K, D)."""
    draw = torch.Generator().manual_seed(1)
    y = torch.arange(FRESH) % len(centres)
    x = centres[y] + torch.randn(FRESH, centres.shape[1], generator=draw)
    logits = x @ centres.mT - centres.square().sum(1) / 2
    right = (logits.argmax(1) == y).double().mean().item()
    return {"accuracy": right, "balanced_accuracy": right, "nll": cross_entropy(logits, y).item()}
