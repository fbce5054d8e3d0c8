"""Invariant risk minimisation, its practical form IRMv1 (Arjovsky, Bottou, Gulrajani and Lopez-Paz, "Invariant Risk
Minimization", arXiv:1907.02893).

    penalty = weight * mean over environments e of (d/dw R_e(w z))^2 at w = 1
    R_e: mean cross-entropy of environment e's examples, z their logits

A classifier on top of the features is best in all environments at once where no factor w on its logits could make it
better in any. It is added to the mean loss, whatever that is; the paper's is of cross-entropy, as the penalty is. The
released code for Colored MNIST then divides loss and penalty by the weight where that is above 1, and begins with
weight 1 for 190 of 501 steps; DomainBed does not divide, and begins with weight 1 for 500 of 5,000 steps.

Args:
    weight: at least 0. DomainBed's 100; the paper's Colored MNIST 91257.
    anneal: share of the epochs in which the weight is 1, if it is larger, in [0, 1). DomainBed's 0.1; Colored MNIST
        0.38.
    estimate: halves, the product of the derivatives on every other example of an environment and on the rest, whose
        mean over batches is the square's without bias, so that it may be below 0 (DomainBed); square, of the batch.

With weight = 0 it is no penalty. Where logits are 0 the derivative is 0.

>>> from torch import tensor, zeros
>>> from runner.data.loader import Batch
>>> made = IRM(tensor([0, 0]), weight=1.0, anneal=0.0, estimate="square")
>>> logits = tensor([[1.0, 0.0], [1.0, 0.0]])    # derivative: softmax(1, 0)[0] - 1 = -0.2689
>>> made(logits, logits, Batch(logits, tensor([0, 0]), tensor([0, 1]), {}))
tensor(0.0723)
>>> made(logits, zeros(2, 2), Batch(logits, tensor([0, 0]), tensor([0, 1]), {}))
tensor(0.)
"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from runner.parts.domains import OfDomains, annealed, mean_of_those_there, means


class IRM(OfDomains):
    """Args: domain: see OfDomains; weight, anneal, estimate: see above."""

    def __init__(
        self,
        domain: Tensor | None,
        *,
        weight: Annotated[float, "[0, inf)"],
        anneal: Annotated[float, "[0, 1)"],
        estimate: Literal["halves", "square"],
    ):
        super().__init__(domain, weight)
        self.full = weight
        self.anneal = anneal
        self.halves = estimate == "halves"

    def begin(self, epoch: int, epochs: int) -> None:
        self.weight = annealed(self.full, self.anneal, epoch, epochs)

    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        logits = logits.float() if logits.dtype in (torch.bfloat16, torch.float16) else logits
        slope = (logits.softmax(-1) * logits).sum(-1) - logits.gather(-1, labels[:, None])[:, 0]
        if not self.halves:
            return mean_of_those_there(means(slope, members).square(), members)
        odd = (members.cumsum(0) % 2) * members  # the first, the third, ... of each environment
        product = means(slope, odd) * means(slope, members - odd)
        return mean_of_those_there(product, members)
