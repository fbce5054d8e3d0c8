"""How many directions features fill."""

import math

import torch
from torch import Tensor

MOST = 1000  # examples that the entropy is of, for its cost grows with their cube
SIGMA = 10.0  # width of the kernel, the released code's


def spectral_entropy(features: Tensor, sigma: float = SIGMA, t: int = 1) -> Tensor:
    """(S,) diffusion spectral entropy in bits, of at most 1000 of the examples, at even distances: features (S, M, D).

        e = |eigenvalues of D^-1/2 G D^-1/2|^t,  G_ij = exp(-|h_i - h_j|^2 / (2 sigma^2)),  D its row sums
        -sum p log2 p,  p = e / sum(e)

    0 where all features are equal, log2 M where all are far apart. Liao et al., "Assessing Neural Network
    Representations During Training Using Noise-Resilient Diffusion Spectral Entropy", CISS 2024 (arXiv:2312.04823), as
    the released code has it (ChenLiu-1996/DiffusionSpectralEntropy, commit dc20ffd): the largest eigenvalue, which is
    always 1, counts. sigma is not in units of the features: networks of other widths do not compare.
    """
    m = features.shape[1]
    h = features[:, torch.linspace(0, m - 1, min(MOST, m), device=features.device).round().long()].double()
    kernel = (-torch.cdist(h, h, compute_mode="donot_use_mm_for_euclid_dist").square() / (2 * sigma**2)).exp()
    root = kernel.sum(2).sqrt()
    return _entropy(torch.linalg.eigvalsh(kernel / (root[:, None] * root[..., None])).abs() ** t) / math.log(2)


def effective_rank(features: Tensor) -> Tensor:
    """(S,) the exponential of the entropy of the singular values' shares of their sum, from features (S, M, D): from 1
    to min(M, D), nan where all are 0.

    Roy and Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007. Features are not
    centred, as in RankMe (Garrido et al., ICML 2023).
    """
    h = features.double()
    gram = h.mT @ h if h.shape[1] >= h.shape[2] else h @ h.mT
    return _entropy(torch.linalg.eigvalsh(gram).clamp(min=0).sqrt()).exp()


def _entropy(sizes: Tensor) -> Tensor:
    """(S,) in nats, of the shares of numbers (S, N) at least 0."""
    shares = sizes / sizes.sum(1, keepdim=True)
    return -torch.special.xlogy(shares, shares).sum(1)
