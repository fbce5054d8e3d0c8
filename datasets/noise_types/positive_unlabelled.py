"""Positive and unlabelled examples: some positives are among those that are called negative."""

import torch
from torch import Generator, Tensor


def positive_unlabelled(labels: Tensor, num_classes: int, rate: float, generator: Generator) -> Tensor:
    """Each positive (class 1) becomes unlabelled (class 0), with probability `rate` and independently.

    Class 0 of the given labels holds all negatives and these positives. With n_1 positives and n_0 negatives their
    share among the unlabelled, the `prior` of loss=nnpu, is about rate * n_1 / (rate * n_1 + n_0).

    Source: "selected completely at random", Elkan and Noto, "Learning Classifiers from Only Positive and Unlabeled
    Data", KDD 2008, with label frequency 1 - rate.

    Args:
        labels: (N,) int64 classes.
        num_classes: K, which must be 2.
        rate: in [0, 1]; at 1 no positive is left.
        generator: the stream to draw from; a larger rate takes the same labels and more.
    Returns:
        (N,) int64 given labels.
    Raises:
        ValueError: there are other than two classes.

    >>> positive_unlabelled(torch.tensor([0, 1, 1]), 2, 1.0, torch.Generator().manual_seed(0))
    tensor([0, 0, 0])
    """
    if num_classes != 2:
        raise ValueError(
            f"noise_type=positive_unlabelled: needs two classes, for example classes=[0,1]; this data set has "
            f"{num_classes}"
        )
    return labels.masked_fill(torch.rand(len(labels), generator=generator) < rate, 0)
