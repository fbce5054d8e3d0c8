"""Batches that have equally many examples of each group of one class in one environment."""

from torch import Generator, Tensor

from runner.parts.samplers.domain_balanced import domain_balanced


def group_balanced(labels: Tensor, num_classes: int, domain: Tensor, generator: Generator) -> Tensor:
    """As domain_balanced, of the groups of one class in one environment that have examples.

    Sources: Sagawa et al., "Distributionally Robust Neural Networks for Group Shifts", ICLR 2020, whose algorithm draws
    groups equally often; by itself it is the baseline RWG of Idrissi et al., "Simple Data Balancing Achieves
    Competitive Worst-Group-Accuracy", CLeaR 2022.

    Args:
        labels: (N,) given classes in [0, K).
        num_classes: K.
        domain: (N,) int64 environment of each training example.
        generator: the stream to draw from.
    Returns:
        (N,) int64 places in [0, N), on the CPU.

    >>> import torch
    >>> labels, domain = torch.tensor([0, 0, 0, 1, 1, 1]), torch.tensor([0, 0, 0, 0, 0, 1])
    >>> group_balanced(labels, 2, domain, torch.Generator().manual_seed(0)).bincount()[5]    # the only one of its group
    tensor(2)
    """
    return domain_balanced(domain.cpu() * num_classes + labels.cpu(), generator)
