"""Forward correction (Patrini et al., CVPR 2017).

    L(z, y) = -log sum_i p_i T[i, y],    p = softmax(z), T[i, j] the share of true class i that is labelled j

The network's probabilities are passed through the noise before they meet the label: with the right T the minimiser is
that of cross-entropy on clean labels. By default T is the transition that was realised in the given labels of each
seed, which is what the paper's experiments with a known T stand for and no practitioner has: an upper end of what
correction can do. The released code clips p to [1e-7, 1 - 1e-7]; here the sum is taken of logarithms, without a floor.

Args:
    transition: the realised T (K, K), given by the runner.
    matrix: another T, row by row, numbers in [0, 1] with rows that sum to one; null: the realised one.

>>> from torch import eye, tensor, zeros
>>> flip = ForwardCorrection(eye(2), matrix=[[0.8, 0.2], [0.4, 0.6]])
>>> flip(zeros(1, 2), tensor([0]), tensor([0]))    # -log(0.5 * 0.8 + 0.5 * 0.4)
tensor([0.5108])
>>> ForwardCorrection(eye(10), matrix=None)(zeros(1, 10), tensor([3]), tensor([0]))    # T = 1 is cross-entropy: log 10
tensor([2.3026])
"""

from torch import Tensor, nn

from losses._transition import chosen


class ForwardCorrection(nn.Module):
    log_transition: Tensor

    def __init__(self, transition: Tensor, *, matrix: list[list[float]] | None):
        super().__init__()
        shares = chosen(transition, matrix)
        if matrix is not None and (shares.sum(0) == 0).any():
            raise ValueError("matrix: each label must have a true class that it can come from")
        self.register_buffer("log_transition", shares.log())

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        sources = self.log_transition.T[labels].to(logits.dtype)
        return -(logits.log_softmax(-1) + sources).logsumexp(-1)
