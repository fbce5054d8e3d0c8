"""Entropy maximization with asymmetric pseudo-labels (Zhou et al., ECCV 2022, arXiv:2203.16219).

    L(z, b) = mean over all labels l of
        -log p_l                                       where b_l = 1
        -log(1 - p_l)                                  where b_l = 0
        -alpha * H(p_l)                                where b_l = -1 and l has no pseudo-label
        beta * (-s_l * log p_l - (1 - s_l) * log(1 - p_l))    where it has the pseudo-label s_l
    p = sigmoid(z),    H(p) = -p * log p - (1 - p) * log(1 - p)

Of what is not known the network is kept unsure, so that gradients of the known positives come first. Before each epoch
after the first warm_up ones, each label l gives pseudo-labels to the least probable examples of those in which it is
neither known nor pseudo-labelled: floor(share * U_l / (epochs - warm_up)) of them, where U_l is how many do not know
it. s_l is the probability of that moment, and stays. Epochs are those of the phase that trains.

As in the released code (repository Correr-Zhou/SPML-AckTheUnknown, losses.py and main.py), log x is log(x + 1e-5). It
predicts all examples anew after an epoch, in evaluation mode; here their last predictions in training count. Known
absences are ours: the paper's data have none.

Args:
    num_train: N, given by the runner.
    num_classes: L, given by the runner.
    alpha: at least 0. The released code's: 0.2 (VOC), 0.1 (COCO, NUS-WIDE), 0.01 (CUB). 0 leaves out what is unknown.
    beta: at least 0. The released code's: 0.02 (VOC), 0.9 (COCO), 0.2 (NUS-WIDE), 0.4 (CUB).
    share: in [0, 1], of the unknown labels, how many are pseudo-labelled in the end; 0 is entropy maximization alone.
        The released code's 0.9.
    warm_up: epochs without pseudo-labels, at least 0. The released code's 3 to 5 of 10.

>>> from torch import tensor, zeros
>>> loss = EM(4, 2, alpha=0.2, beta=0.02, share=0.9, warm_up=5)
>>> loss(zeros(1, 2), tensor([[1.0, -1.0]]), tensor([0]))    # (1 - 0.2) log 2 / 2, but for the 1e-5
tensor([0.2773])
>>> none = EM(4, 2, alpha=0.0, beta=0.02, share=0.0, warm_up=5)    # alpha = 0: log 2 / 2
>>> none(zeros(1, 2), tensor([[1.0, -1.0]]), tensor([0]))
tensor([0.3466])
"""

from math import inf
from typing import Annotated

import torch
from torch import Tensor, nn

SMALL = 1e-5  # of the released code


class EM(nn.Module):
    fits = ("multilabel",)
    seen: Tensor
    pseudo: Tensor

    def __init__(
        self,
        num_train: int,
        num_classes: int,
        *,
        alpha: Annotated[float, "[0, inf)"],
        beta: Annotated[float, "[0, inf)"],
        share: Annotated[float, "[0, 1]"],
        warm_up: Annotated[int, "[0, inf)"],
    ):
        super().__init__()
        self.alpha = alpha
        self.beta = beta
        self.share = share
        self.warm_up = warm_up
        # the last probability of each unknown label; inf where it is known or was not met yet
        self.register_buffer("seen", torch.full((num_train, num_classes), inf))
        self.register_buffer("pseudo", torch.full((num_train, num_classes), -1.0))  # -1: none

    def begin(self, epoch: int, epochs: int) -> None:
        if epoch <= self.warm_up:
            return
        unknown = self.seen.isfinite()
        count = (self.share * unknown.sum(0).double() / (epochs - self.warm_up)).floor()
        free = unknown & (self.pseudo < 0)
        rank = torch.where(free, self.seen, inf).argsort(dim=0, stable=True).argsort(dim=0)
        self.pseudo.copy_(torch.where(free & (rank < count), self.seen, self.pseudo))

    def forward(self, logits: Tensor, bits: Tensor, index: Tensor) -> Tensor:
        """logits (B, L), bits (B, L) of 1, 0 and -1, index (B,) -> losses (B,); notes probabilities of `index`."""
        p, known = logits.sigmoid(), bits >= 0
        self.seen[index] = torch.where(known, inf, p.detach()).to(self.seen.dtype)
        there, absent = -(p + SMALL).log(), -(1 - p + SMALL).log()
        soft = self.pseudo[index].to(p.dtype)
        unsure = -self.alpha * (p * there + (1 - p) * absent)
        pseudo = self.beta * (soft * there + (1 - soft) * absent)
        hidden = torch.where(soft >= 0, pseudo, unsure)
        return torch.where(known, torch.where(bits > 0, there, absent), hidden).mean(-1)
