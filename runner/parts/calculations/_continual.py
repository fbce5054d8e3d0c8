"""What a step of continual learning goes along: losses among some classes, and a projected gradient."""

import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._class_tasks import among

EPSILON = 1e-7  # of the projection, as released


def contrast(energies: Tensor) -> Tensor:
    """softplus(E+ - E-) (N,) of the energies (N, 2) of the right class and of a wrong one (Li et al., Energy-Based
    Models for Continual Learning, CoLLAs 2022, github.com/ShuangLI59/ebm-continual-learning).

    It is cross-entropy between these two classes, with minus the energies for logits.

    >>> contrast(torch.zeros(1, 2))
    tensor([0.6931])
    """
    return F.softplus(energies[:, 0] - energies[:, 1])


def contrasted(draws: Generator, outputs: Tensor, y: Tensor, classes: Tensor) -> Tensor:
    """`contrast` of each example with one other class, drawn from the two or more `classes` (C,), which follow on each
    other; energies are minus the outputs (N, K)."""
    away = torch.as_tensor(draws.integers(1, len(classes), len(y)))
    wrong = classes[(y - classes[0] + away) % len(classes)]
    return contrast(-outputs.gather(1, torch.stack([y, wrong], 1)))


def cross_entropy(outputs: Tensor, y: Tensor, classes: Tensor) -> Tensor:
    """Of the softmax over these classes alone, of each example (N,)."""
    return F.cross_entropy(among(outputs, classes), y, reduction="none")


def projected(gradient: Tensor, reference: Tensor) -> Tensor:
    """The gradient without its part against the reference, where it goes against it; else the gradient itself
    (Chaudhry et al., Efficient Lifelong Learning with A-GEM, ICLR 2019, as in
    github.com/TimmHess/TwoComplementaryPerspectivesCL, src/methods/er_agem_v2.py).

    >>> projected(torch.tensor([-1.0, 1.0]), torch.tensor([2.0, 0.0]))
    tensor([0., 1.])
    """
    dot = gradient @ reference
    against = dot.clamp(max=0) / (reference @ reference + EPSILON)
    return gradient - against * reference
