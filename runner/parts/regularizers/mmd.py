"""Maximum mean discrepancy between the features of environments (Gretton et al., "A Kernel Two-Sample Test", JMLR 2012;
of several environments as in DomainBed, after Li et al., "Domain Generalization with Adversarial Feature Learning",
CVPR 2018, whose adversary it leaves out).

    penalty = weight * mean over pairs e < f of (mean k(x, x') + mean k(y, y') - 2 mean k(x, y))
    k(x, y) = sum over gamma of exp(-gamma |x - y|^2), gamma = 0.001, 0.01, ..., 1000
    x, x' of environment e, y, y' of f, an example with itself included

Args:
    weight: at least 0. DomainBed's 1.

With weight = 0, and with one environment in the batch, it is no penalty; 0 where both have the same features.

>>> from torch import tensor
>>> from runner.data.loader import Batch
>>> far = tensor([[0.0], [1e6]])    # k = 7 of each with itself, 0 of both
>>> made, batch = MMD(tensor([0, 1]), weight=1.0), Batch(far, tensor([0, 0]), tensor([0, 1]), {})
>>> made(far, far, batch), made(0 * far, far, batch)
(tensor(14.), tensor(0.))
"""

from typing import Annotated

from torch import Tensor

from runner.parts.domains import OfDomains, mean_over_pairs, shares

GAMMAS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


class MMD(OfDomains):
    """Args: domain: see OfDomains; weight: see above."""

    def __init__(self, domain: Tensor | None, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__(domain, weight)

    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        square = features.square().sum(-1)
        distance = (square[:, None] + square - 2 * features @ features.mT).clamp(min=0)
        kernel = sum((-gamma * distance).exp() for gamma in GAMMAS)
        of = shares(members, features.dtype)
        mean = of.mT @ kernel @ of  # (E, E), of each pair
        return mean_over_pairs(lambda e, f: mean[e, e] + mean[f, f] - 2 * mean[e, f], members, features.dtype)
