"""Networks on the straight line between two: their loss and accuracy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from runner.merging.chain import State

CHUNK = 1024  # examples at a time


class Curve(NamedTuple):
    """Of networks at equal steps from the first to the second. Attributes: nll: mean cross-entropy, in nats; accuracy:
    the share that is right."""

    nll: list[float]
    accuracy: list[float]


def along(network: nn.Module, first: State, second: State, x: Tensor, labels: Tensor, points: int) -> Curve:
    """The curve of networks (1 - t) * first + t * second, t = 0, ..., 1, on examples (M, ...) with labels (M,).

    Args:
        network: of their architecture, in evaluation mode. Whole numbers, as of batches seen, stay the first's.
        points: at least 2.
    """
    found = [_measured(network, _between(first, second, t), x, labels) for t in np.linspace(0, 1, points)]
    return Curve([nll for nll, _ in found], [accuracy for _, accuracy in found])


def _between(first: State, second: State, t: float) -> dict[str, Tensor]:
    return {
        name: torch.lerp(each, second[name], float(t)) if each.is_floating_point() else each
        for name, each in first.items()
    }


def _measured(network: nn.Module, state: State, x: Tensor, labels: Tensor) -> Sequence[float]:
    with torch.no_grad():
        logits = torch.cat([functional_call(network, dict(state), (part,)) for part in x.split(CHUNK)])
    right = (logits.argmax(-1) == labels).double().mean()
    return float(nn.functional.cross_entropy(logits.double(), labels)), float(right)
