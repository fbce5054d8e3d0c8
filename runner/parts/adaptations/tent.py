"""Tent: the entropy of the predictions becomes smaller.

    L = 1/B sum_i H(softmax(z_i)),    H(p) = -sum_k p_k log p_k

Wang, Shelhamer, Liu, Olshausen and Darrell, "Tent: Fully Test-Time Adaptation by Entropy Minimization", ICLR 2021,
arXiv:2006.10726; repository DequanWang/tent. Scales and shifts of BatchNorm alone move, by one step of Adam a batch
(the paper's for CIFAR: lr 0.001 and batches of 200; from memory, unconfirmed), and BatchNorm takes the batch's
statistics. The repository's network is in training mode, so that dropout drops; here it drops nothing.
"""

from typing import Annotated

import torch
from torch import Tensor

from runner.contracts.adaptation import Adaptable
from runner.parts.adaptations._descending import Descending
from runner.parts.adaptations._entropy import entropies


class Tent(Descending):
    """One step down the mean entropy of each batch, after it was predicted.

    Args:
        batch_size: B.
        lr: of Adam.
        continual: see Adaptation.
    """

    def __init__(
        self, *, batch_size: Annotated[int, "[2, 1000000]"], lr: Annotated[float, "(0, inf)"], continual: bool
    ):
        super().__init__(batch_size, lr, continual)

    def objective(self, network: Adaptable, x: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        return entropies(logits).mean(1), logits.new_ones(len(logits), dtype=torch.bool)
