"""Batches that have equally many examples of each environment."""

import torch
from torch import Generator, Tensor

from runner.parts.samplers._runs import runs


def domain_balanced(domain: Tensor, generator: Generator) -> Tensor:
    """Rounds of one example of each environment, in a new order each, until there are N places.

    A batch has equally many of all where their number divides batch_size. Else they differ by two at most, for rounds
    are cut where a batch ends. All examples of an environment come by before one comes again; of one that is larger
    than others not all do in an epoch.

    Source: Gulrajani and Lopez-Paz, "In Search of Lost Domain Generalization", ICLR 2021, whose released code draws
    equally large batches of each environment.

    Args:
        domain: (N,) int64 environment of each training example.
        generator: the stream to draw from.
    Returns:
        (N,) int64 places in [0, N), on the CPU.

    >>> domain = torch.tensor([0, 0, 0, 0, 0, 1])
    >>> domain_balanced(domain, torch.Generator().manual_seed(0)).sort().values.tolist()[3:]    # the only one of its
    [5, 5, 5]
    """
    domain = domain.cpu()
    environments = domain.unique()
    rounds = -(-len(domain) // len(environments))
    of_each = [runs((domain == each).nonzero()[:, 0], rounds, 1, generator) for each in environments]
    together = torch.cat(of_each, 1)
    order = torch.rand(together.shape, generator=generator).argsort(1)
    return together.gather(1, order).flatten()[: len(domain)]
