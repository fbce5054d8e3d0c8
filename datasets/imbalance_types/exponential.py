"""The exponential long tail: class k keeps a share ratio^(-k / (K - 1)) of the largest class."""

from torch import Generator, Tensor

from datasets.imbalance_types._keep import keep, thinned


def exponential(labels: Tensor, num_classes: int, ratio: float, generator: Generator) -> Tensor:
    """Which training examples stay, so that class sizes fall off exponentially from class 0 to class K - 1.

    Class k keeps int(n * ratio ** (-k / (K - 1))) random ones of its examples, n being the largest class; at most all
    that it has, and an error if that is none. Source: Cui et al., "Class-Balanced Loss Based on Effective Number of
    Samples", CVPR 2019, whose released code truncates in the same way.

    Args:
        labels: (N,) int64 true classes.
        num_classes: K.
        ratio: largest over smallest class, at least 1.
        generator: the stream to draw from.
    Returns:
        (N',) int64 places of those that stay, ascending.
    Raises:
        ValueError: a class would be left without an example.

    >>> import torch
    >>> labels = torch.arange(10).repeat_interleave(5000)
    >>> kept = exponential(labels, 10, 100.0, torch.Generator().manual_seed(0))
    >>> labels[kept].bincount().tolist()
    [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    """
    largest = int(labels.bincount().max())
    wanted = [thinned(largest, ratio ** (k / (num_classes - 1))) for k in range(num_classes)]
    return keep(labels, wanted, f"imbalance={ratio:g}", generator)
