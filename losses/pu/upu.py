"""Unbiased risk of positive and unlabelled examples, uPU (du Plessis et al., NIPS 2014 and ICML 2015).

    L = prior * E_P[l(g)] + E_U[l(-g)] - prior * E_P[l(-g)],    g = z_1 - z_0

E_P is the mean over the batch's positives (class 1), E_U over its unlabelled ones (class 0), of which the share `prior`
is positive, too. So it is one number of a batch, not a mean over its examples. It estimates the risk of true labels
without bias, but falls below 0 once a flexible network fits the positives: see nnpu.

Args:
    num_classes: K, given by the runner; other than 2 it is refused.
    prior: the share of positives among unlabelled examples, in (0, 1).
    surrogate: l, sigmoid (1 / (1 + exp(g))) or logistic (log(1 + exp(-g)), of which the ICML paper's is convex).

>>> from torch import tensor, zeros
>>> loss = UPU(2, prior=0.4, surrogate="logistic")
>>> loss(zeros(3, 2), tensor([1, 0, 0]), tensor([0, 1, 2]))    # at g = 0: E_U alone is left, log 2
tensor(0.6931)
>>> UPU(2, prior=0.4, surrogate="sigmoid")(zeros(3, 2), tensor([1, 0, 0]), tensor([0, 1, 2]))    # 1/2
tensor(0.5000)
"""

from typing import Annotated, Literal

from torch import Tensor, nn

from losses.pu._parts import binary, parts


class UPU(nn.Module):
    kind = "set"

    def __init__(
        self, num_classes: int, *, prior: Annotated[float, "(0, 1)"], surrogate: Literal["sigmoid", "logistic"]
    ):
        super().__init__()
        binary(num_classes)
        self.prior = prior
        self.surrogate = surrogate

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, 2), labels (B,) of 1 and 0, index (B,) -> ()."""
        positive, negative = parts(logits, labels, self.prior, self.surrogate)
        return positive + negative
