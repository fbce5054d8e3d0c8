"""How frequent the classes of a training set are."""

from torch import Tensor


def log_prior(class_counts: Tensor) -> Tensor:
    """(..., K) numbers of examples -> (..., K) log shares; a class without examples counts as one of one example.

    >>> from torch import tensor
    >>> log_prior(tensor([3.0, 0.0])).exp()
    tensor([0.7500, 0.2500])
    """
    counts = class_counts.clamp(min=1)
    return (counts / counts.sum(-1, keepdim=True)).log()
