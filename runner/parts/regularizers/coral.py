"""CORAL: features of all environments have one mean and one covariance (Sun and Saenko, "Deep CORAL: Correlation
Alignment for Deep Domain Adaptation", ECCV 2016 workshops; of several environments as in DomainBed).

    penalty = weight * mean over pairs e < f of (mean_d (mu_e - mu_f)_d^2 + mean_cd (C_e - C_f)_cd^2)
    C_e: covariance of the features of environment e's examples in the batch, divided by their number less one

Args:
    weight: at least 0. DomainBed's 1. The paper has covariances alone, divided by 4 D^2, of one source and one target.

With weight = 0, and with one environment in the batch, it is no penalty.

>>> from torch import tensor
>>> from runner.data.loader import Batch
>>> features = tensor([[0.0], [0.0], [2.0], [2.0]])    # means 0 and 2, no variance
>>> batch = Batch(features, tensor([0, 0, 0, 0]), tensor([0, 1, 2, 3]), {})
>>> CORAL(tensor([0, 0, 1, 1]), weight=1.0)(features, features, batch)
tensor(4.)
"""

from typing import Annotated

from torch import Tensor

from runner.parts.domains import OfDomains, mean_over_pairs, means


class CORAL(OfDomains):
    """Args: domain: see OfDomains; weight: see above."""

    def __init__(self, domain: Tensor | None, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__(domain, weight)

    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        centre, size = means(features, members), members.sum(0)
        covariance = [_covariance(features, centre[e], members[:, e], size[e]) for e in range(self.count)]

        def apart(e: int, f: int) -> Tensor:
            return (centre[e] - centre[f]).square().mean() + (covariance[e] - covariance[f]).square().mean()

        return mean_over_pairs(apart, members, features.dtype)


def _covariance(features: Tensor, centre: Tensor, member: Tensor, size: Tensor) -> Tensor:
    """(D, D) of the members."""
    apart = (features - centre) * member[:, None].to(features.dtype)
    return apart.mT @ apart / (size - 1).clamp(min=1).to(features.dtype)
