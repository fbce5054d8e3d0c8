"""Class-balanced re-weighting of any loss (Cui et al., CVPR 2019).

    L(z, y) = w_y * base(z, y),    w_k proportional to (1 - beta) / (1 - beta^n_k),    sum_k w_k = K

n_k is the number of training examples with given label k, and (1 - beta^n) / (1 - beta) the paper's effective number
of n examples, whose information overlaps. beta moves the weights from none (0) to one over the class size (towards 1).
A class without examples counts as one of one example.

Args:
    class_counts: n_k (K,), given by the runner.
    base: the loss that is weighted. The paper takes softmax and sigmoid cross-entropy and focal loss.
    beta: in [0, 1). The paper searches 0.9, 0.99, 0.999 and 0.9999 for each data set.

The paper's focal form, as released, is a sigmoid loss: a sum over classes of binary focal losses, divided by the
number of examples. `class_balanced_focal` weights the softmax focal loss instead, and so is not the paper's. As in the
released code a batch is a plain mean of weighted losses; torch's cross_entropy(weight=...) divides by the sum of the
batch's weights.

>>> from torch import tensor, zeros
>>> from losses.ce import CE
>>> counts = tensor([3.0, 1.0])
>>> loss = ClassBalanced(counts, base=CE(), beta=0.5)    # 4/7 and 1, scaled to 8/11 and 14/11
>>> loss(zeros(1, 2), tensor([1]), tensor([0]))    # 14/11 * log 2
tensor([0.8822])
>>> ClassBalanced(counts, base=CE(), beta=0.0)(zeros(1, 2), tensor([1]), tensor([0]))    # beta = 0 is the base: log 2
tensor([0.6931])
"""

from typing import Annotated

from torch import Tensor, nn


class ClassBalanced(nn.Module):
    weights: Tensor

    def __init__(self, class_counts: Tensor, *, base: nn.Module, beta: Annotated[float, "[0, 1)"]):
        super().__init__()
        self.base = base
        self.draws = dict(getattr(base, "draws", {}))
        weights = (1 - beta) / (1 - beta ** class_counts.double().clamp(min=1))
        self.register_buffer("weights", weights * len(weights) / weights.sum())

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        return self.weights[labels].to(logits.dtype) * self.base(logits, labels, index, **drawn)
