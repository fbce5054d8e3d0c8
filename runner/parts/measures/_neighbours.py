"""What the nearest training examples say."""

import torch
from torch import Tensor

K, TEMPERATURE = 20, 0.5
CHUNK = 256  # examples of each seed at a time


def vote(memory: Tensor, labels: Tensor, features: Tensor, num_classes: int, k: int = K) -> Tensor:
    """(S, M) the class that most of the k nearest training examples have, the more alike ones counting more.

        argmax_c sum_{i of the k nearest} exp(cos(z, z_i) / 0.5) [y_i = c]

    The weights are those of Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", CVPR
    2018, with the temperature of the released code of Mixed Barlow Twins (wgcban/mix-bt).

    Args:
        memory, labels: features (S, N, D) and labels (S, N) of training examples.
        features: (S, M, D).
        k: at most N are taken.
    """
    unit, ours = (torch.nn.functional.normalize(each, dim=2) for each in (memory, features))
    return torch.cat([_voted(unit, labels, part, num_classes, k) for part in ours.split(CHUNK, dim=1)], dim=1)


def _voted(unit: Tensor, labels: Tensor, ours: Tensor, num_classes: int, k: int) -> Tensor:
    alike, nearest = (ours @ unit.mT).topk(min(k, unit.shape[1]), dim=2)
    said = labels[:, None].expand(-1, ours.shape[1], -1).gather(2, nearest)
    votes = ours.new_zeros(*ours.shape[:2], num_classes)
    return votes.scatter_add_(2, said, (alike / TEMPERATURE).exp()).argmax(2)
