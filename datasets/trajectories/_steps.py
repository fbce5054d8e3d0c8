"""From a trajectory to a data set of its steps."""

from collections.abc import Sequence

import torch
from torch import Tensor

from datasets.split import Split

LEADING = 3  # eigenvalues that are compared; the one of constants, 1, is not among them


def steps_of(states: Tensor, num_train: int, eigenvalues: Sequence[complex], task: str) -> Split:
    """Steps (N, 2, D), each with the later state (N, D) as its target; the first N are for training.

    Args:
        states: (N + M + 1, D), one after the other.
        num_train: N.
        eigenvalues: of the transition operator, those with the largest moduli first, at least 3.
        task: what is asked.
    """
    x, y = torch.stack([states[:-1], states[1:]], 1).float(), states[1:].float()
    optimum = {"eigenvalue_error": 0.0}
    for k, value in enumerate(eigenvalues[:LEADING], 1):
        optimum |= {f"real_{k}": value.real, f"imaginary_{k}": value.imag}
    seen = states[: num_train + 1]
    scales = seen.mean(0).float(), seen.std(0, correction=0).float()
    return Split(x[:num_train], y[:num_train], x[num_train:], y[num_train:], (), *scales, task=task, optimum=optimum)


def ordered(eigenvalues: Sequence[complex]) -> list[complex]:
    """Those with the largest moduli first, of a conjugate pair the one above the real axis.

    >>> ordered([0.1, -0.2 - 0.1j, -0.2 + 0.1j])
    [(-0.2+0.1j), (-0.2-0.1j), 0.1]
    """
    return sorted(eigenvalues, key=lambda value: (-round(abs(value), 9), -value.imag))
