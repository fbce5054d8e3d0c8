"""Spectral decoupling (Pezeshki et al., "Gradient Starvation: A Learning Proclivity in Neural Networks", NeurIPS 2021).

    penalty = weight * mean over batch and classes of z^2

Cross-entropy stops learning from an example once some feature explains it. A price on large logits, in place of weight
decay, keeps the examples' pull alive, so that features beyond the easiest one are learned too.
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class SpectralDecoupling(Regularizer):
    """A price on the mean square of the logits.

    The paper writes lambda / 2 times the squared norm of the logits (the factor is unconfirmed); code has the mean over
    batch and classes and no 1/2.

    Args:
        weight: at least 0. DomainBed's 0.1, searched between 1e-5 and 1e-1. The released Colored MNIST script takes
            2e-5, and after 450 steps a loss that amounts, under Adam, to a weight of 1; CelebA 0.1, class-wise.

    >>> from torch import tensor
    >>> logits = tensor([[3.0, 1.0]])
    >>> SpectralDecoupling(weight=0.5)(logits, logits, None)    # 0.5 * (9 + 1) / 2
    tensor(2.5000)
    >>> SpectralDecoupling(weight=0.0)(logits, logits, None)    # weight = 0 is no penalty
    tensor(0.)
    """

    def __init__(self, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.weight = weight

    def forward(self, features: Tensor, logits: Tensor, batch: Batch | None) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return self.weight * logits.square().mean()
