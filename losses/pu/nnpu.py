"""Non-negative risk of positive and unlabelled examples, nnPU (Kiryo et al., NeurIPS 2017, arXiv:1703.00593).

    L = R_P + max(R_N, -beta),    R_P = prior * E_P[l(g)],    R_N = E_U[l(-g)] - prior * E_P[l(-g)],    g = z_1 - z_0

E_P is the mean over the batch's positives (class 1), E_U over its unlabelled ones (class 0), of which the share `prior`
is positive, too. A risk of negatives below 0 cannot be, and says that the network overfits the positives: where R_N is
below -beta, the gradient is that of -gamma * R_N, which takes the step back. So there, as in the released code
(repository kiryor/nnPUlearning, pu_loss.py), the gradient is not the derivative of the value. It is one number of a
batch, not a mean over its examples.

Args:
    num_classes: K, given by the runner; other than 2 it is refused.
    prior: the share of positives among unlabelled examples, in (0, 1).
    surrogate: l, sigmoid (1 / (1 + exp(g))), the paper's, or logistic (log(1 + exp(-g))).
    beta: at least 0; the paper's 0. Where R_N is not below -beta, this is uPU.
    gamma: in [0, 1]; the released code's 1. 0 takes no step back.

>>> from torch import tensor, zeros
>>> labels, index = tensor([1, 0, 0]), tensor([0, 1, 2])
>>> loss = NNPU(2, prior=0.4, surrogate="sigmoid", beta=0.0, gamma=1.0)
>>> loss(zeros(3, 2), labels, index)    # R_N = 0.3 is not below 0: uPU, 1/2
tensor(0.5000)
>>> loss(tensor([[0.0, 9.0], [9.0, 0.0], [9.0, 0.0]]), labels, index)    # R_N < 0: R_P = 0.4 / (1 + exp(9)) is left
tensor(4.9353e-05)
"""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from losses.pu._parts import binary, parts


class NNPU(nn.Module):
    kind = "set"

    def __init__(
        self,
        num_classes: int,
        *,
        prior: Annotated[float, "(0, 1)"],
        surrogate: Literal["sigmoid", "logistic"],
        beta: Annotated[float, "[0, inf)"],
        gamma: Annotated[float, "[0, 1]"],
    ):
        super().__init__()
        binary(num_classes)
        self.prior = prior
        self.surrogate = surrogate
        self.beta = beta
        self.gamma = gamma

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, 2), labels (B,) of 1 and 0, index (B,) -> ()."""
        positive, negative = parts(logits, labels, self.prior, self.surrogate)
        overfits = negative < -self.beta
        value = torch.where(overfits, positive - self.beta, positive + negative)
        minimised = torch.where(overfits, -self.gamma * negative, positive + negative)
        return minimised + (value - minimised).detach()
