"""Backward correction (Patrini et al., CVPR 2017).

    L(z, y) = -sum_k (T^-1)[y, k] log p_k,    p = softmax(z), T[i, j] the share of true class i that is labelled j

Cross-entropy's K losses mixed by the inverse of the noise: with the right T its mean over noisy labels is that of
cross-entropy over clean ones. Weights are negative off the diagonal, so that the loss is unbounded below and grows
rough as T nears a singular matrix; forward correction is the steadier of the two. By default T is the transition
that was realised in the given labels of each seed, which no practitioner has. The released code clips p to
[1e-7, 1 - 1e-7]; here log p is exact, so that nothing stops its fall.

A realised T whose condition number is above 1000 is refused: it is counted from the labels, hundreds of a class as a
rule and so right to some percent, and its inverse would be nothing but that error. A `matrix` is exact, and may have
any inverse that float32 can hold.

Args:
    transition: the realised T (K, K), given by the runner.
    matrix: another T, row by row, numbers in [0, 1] with rows that sum to one; null: the realised one. T must have an
        inverse: it has none where a true class has no examples, or near symmetric noise of (K - 1) / K.

>>> from torch import eye, tensor, zeros
>>> flip = BackwardCorrection(eye(2), matrix=[[0.8, 0.2], [0.4, 0.6]])
>>> flip(tensor([[3.0, 0.0]]), tensor([0]), tensor([0]))    # T^-1 = [[1.5, -0.5], [-1, 2]]: 1.5 * 0.0486 - 0.5 * 3.0486
tensor([-1.4514])
>>> BackwardCorrection(eye(10), matrix=None)(zeros(1, 10), tensor([3]), tensor([0]))    # T = 1 is cross-entropy: log 10
tensor([2.3026])
"""

import torch
from torch import Tensor, nn

from losses._transition import chosen

WORST = 1e3  # condition number of a transition that was counted
SINGULAR = 1e6  # of any: float32 has seven digits


class BackwardCorrection(nn.Module):
    inverse: Tensor

    def __init__(self, transition: Tensor, *, matrix: list[list[float]] | None):
        super().__init__()
        shares = chosen(transition, matrix)
        name, most = ("the realised transition", WORST) if matrix is None else ("matrix", SINGULAR)
        if not (condition := torch.linalg.cond(shares).item()) <= most:
            another = "loss.matrix= takes another one, and " if matrix is None else ""
            raise ValueError(
                f"{name} has condition number {condition:.3g}, at most {most:g} can be: backward correction multiplies "
                f"losses by its inverse; {another}loss=forward_correction needs none"
            )
        self.register_buffer("inverse", torch.linalg.inv(shares))

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        return -(self.inverse[labels].to(logits.dtype) * logits.log_softmax(-1)).sum(-1)
