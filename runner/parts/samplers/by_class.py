"""First a class, then an example of it: small classes are seen more often than they are large."""

from typing import Annotated

import torch
from torch import Generator, Tensor


def by_class(labels: Tensor, num_classes: int, generator: Generator, *, power: Annotated[float, "[0, 1]"]) -> Tensor:
    """N draws with replacement: class k of n_k examples with probability n_k^power / sum_j n_j^power, then one of its
    examples, all alike. A class without examples is never drawn.

    Source: Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", ICLR 2020, eq. 1; the
    square root after Mahajan et al., "Exploring the Limits of Weakly Supervised Pretraining", ECCV 2018.

    Args:
        labels: (N,) int64 given labels.
        num_classes: K.
        generator: the stream to draw from.
        power: 0 is class-balanced, 1/2 square-root, 1 instance-balanced sampling.
    Returns:
        (N,) int64 places in [0, N), on the CPU.

    >>> labels = torch.tensor([0] * 9000 + [1] * 1000)
    >>> drawn = by_class(labels, 3, torch.Generator().manual_seed(0), power=0.5)
    >>> round(labels[drawn].float().mean().item(), 2)    # sqrt(1000) / (sqrt(1000) + sqrt(9000)) = 1 / 4
    0.25
    """
    labels = labels.cpu()
    sizes = labels.bincount(minlength=num_classes)
    weights = (sizes.double() ** power).where(sizes > 0, 0.0)  # 0^0 is 1
    drawn = torch.multinomial(weights, len(labels), replacement=True, generator=generator)
    within = torch.rand(len(labels), generator=generator, dtype=torch.float64) * sizes[drawn]
    first = sizes.cumsum(0) - sizes
    return labels.argsort(stable=True)[first[drawn] + within.long()]
