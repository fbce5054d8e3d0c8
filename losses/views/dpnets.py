"""Deep projection networks, DPNets (Kostic, Novelli, Grazzi, Lounici and Pontil, "Learning Invariant Representations of
Time-Homogeneous Stochastic Dynamical Systems", ICLR 2024, arXiv:2307.09912).

    L = -|C_xy|^2 / (|C_x| |C_y|) + gamma (R(C_x) + R(C_y))

    C_x = X'X / B,  C_xy = X'Y / B,  of embeddings X and Y (B, D),  not centred
    |C_xy|^2 the sum of squares,  |C_x| the largest eigenvalue,  R(C) = tr(C^2 - C - ln C),  0 for the identity

The paper's pairs are a state and the next one; these are two views of an example. The first term is the relaxed
score, which inverts no matrix; it is at most D, where features of both are the same and white. Released code is of
kooplearn, whose regulariser divides R by D and adds twice the squared mean; here it is as in the paper. Of a batch of
fewer examples than D numbers C has eigenvalues of 0, whose logarithm is taken at 1e-6 and pulls nowhere; that is ours.

Args:
    gamma: at least 0; the paper tunes it, 1 is ours.

>>> from torch import eye, tensor
>>> loss, index = DPNets(gamma=1.0), tensor([0, 1])
>>> white = 2**0.5 * eye(2)
>>> round(loss(white, white, index).item(), 4)    # minus D
-2.0
"""

from typing import Annotated

import torch
from torch import Tensor, nn

EPS = 1e-6


class DPNets(nn.Module):
    fits = ("any",)
    kind = "views"

    def __init__(self, *, gamma: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.gamma = gamma

    def forward(self, one: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """one (B, H), other (B, H), index (B,) -> ()."""
        (largest, whitened), (also, other_whitened) = _spectrum(one), _spectrum(other)
        shared = (one.mT @ other / len(one)).square().sum()
        return -shared / (largest * also) + self.gamma * (whitened + other_whitened)


def _spectrum(z: Tensor) -> tuple[Tensor, Tensor]:
    """The largest eigenvalue of the covariance of z (B, D), and R."""
    cov = z.mT @ z / len(z)
    size = cov.diagonal().amax().clamp(min=EPS)
    unit = (cov / size).where(size.isfinite(), 0.0)  # eigenvalues of what is no number are an error
    eigenvalues = (size * torch.linalg.eigvalsh(unit)).clamp(min=EPS)
    return eigenvalues[-1], (eigenvalues.square() - eigenvalues - eigenvalues.log()).sum()
