"""Asymmetric label noise as the widely copied generator makes it: pair after pair, in place."""

from typing import Literal

import torch
from torch import Generator, Tensor

from datasets.noise_types._pairs import asked


def asymmetric_sequential(
    labels: Tensor,
    rate: float,
    generator: Generator,
    classes: tuple[str, ...],
    *,
    pairs: Literal["published", "blocks"] | list[list[int]],
) -> Tensor:
    """For one pair (a, b) after the other, int(rate * n) of the n labels that are a *by then* become b.

    So where both (a, b) and (b, a) are pairs, some of the flips are undone: at 0.4, CIFAR-10's cats are flipped at
    24% instead of 40% (dogs at 40%), and 18.4% of all labels are wrong instead of 20%. Chains are run through, too:
    of Fashion-MNIST's ankle boots some end as sandals. Published tables on "asymmetric" CIFAR-10 noise stand on this
    generator as often as on that of `asymmetric`, rarely saying so.

    Source: repository HanxunH/Active-Passive-Losses, dataset.py (Ma et al., ICML 2020), and its copies.

    Args:
        labels: (N,) int64 classes.
        rate: in [0, 1].
        generator: the stream to draw from.
        classes: K names.
        pairs: as in `asymmetric`, gone through in the order in which they stand.
    Returns:
        (N,) int64 given labels.
    Raises:
        ValueError: there are no such pairs for these classes.

    >>> labels = torch.arange(2).repeat_interleave(5000)
    >>> given = asymmetric_sequential(labels, 0.4, torch.Generator().manual_seed(0), ("cat", "dog"), pairs="published")
    >>> given[:5000].sum().item() < 0.26 * 5000, (given[5000:] == 0).sum().item() > 0.37 * 5000
    (True, True)
    """
    given = labels.clone()
    for source, target in asked(pairs, classes):
        members = (given == source).nonzero()[:, 0]
        chosen = torch.randperm(len(members), generator=generator)[: int(rate * len(members) + 1e-9)]
        given[members[chosen]] = target
    return given
