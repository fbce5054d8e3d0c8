"""The variational bound of the Jensen-Shannon divergence, that of a GAN's discriminator: it trains critics well."""

import torch.nn.functional as F
from torch import Tensor

from losses.scores._means import of_others, of_pairs


def jensen_shannon(scores: Tensor) -> Tensor:
    """Scores (..., B, B) of a critic -> (...), -mean_i softplus(-T_ii) - mean_{i != j} softplus(T_ij), at most 0.

    Nowozin, Cseke and Tomioka, "f-GAN", NeurIPS 2016, arXiv:1606.00709. The best critic is the log density ratio.
    """
    return -of_pairs(F.softplus(-scores)) - of_others(F.softplus(scores))
