"""From halves of pairs to a data set of mutual information."""

import torch
from torch import Tensor

from datasets.split import Split


def split_of(first: Tensor, second: Tensor, density: Tensor, num_train: int, information: float, task: str) -> Split:
    """The first pairs for training and the others for testing, as they are drawn.

    Args:
        first, second: the halves (N + M, ...), each of the same shape.
        density: (N + M,) log p(x, y) / p(x) p(y) of each pair, in nats.
        num_train: N.
        information: the mean of the density over pairs without end, in nats.
        task: what is asked.
    """
    x, y = torch.stack([first, second], 1).float(), density.float()[:, None]
    optimum = {"absolute_error": 0.0, "estimate": information}
    scales = torch.zeros(1), torch.ones(1)
    return Split(x[:num_train], y[:num_train], x[num_train:], y[num_train:], (), *scales, task=task, optimum=optimum)
