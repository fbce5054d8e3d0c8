"""The mean prediction of a classifier for each class, and the distance of its predictions from it.

    CMI = E KL(p_x || Q_y),    Q_y = mean of p_x over the examples of class y

the conditional mutual information of input and prediction given the class (Ye et al., "Bayes Conditional Distribution
Estimation for Knowledge Distillation Based on Conditional Mutual Information", ICLR 2024).
"""

import torch
from torch import Tensor, nn

from runner.contracts.part import Part
from runner.data.loader import Batch


class ClassMeans(Part):
    """forward(logits, batch) is KL(p_x || Q_y) of each example (B,), and counts the predictions for the next Q.

    Q is that of the last epoch in which it was called, in training mode, and a constant for gradients: for the exact
    class means the gradient through them is zero. 0 for examples of a class that was not seen then.

    Args:
        num_classes: K.
    """

    sums: Tensor
    means: Tensor

    def __init__(self, num_classes: int):
        super().__init__()
        self.register_buffer("sums", torch.zeros(num_classes, num_classes))  # of the predictions of this epoch
        self.register_buffer("means", torch.zeros(num_classes, num_classes))

    def begin(self, epoch: int, epochs: int) -> None:
        self.means.copy_(self.sums / self.sums.sum(-1, keepdim=True).clamp(min=_least(self.sums)))
        self.sums.zero_()

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        log_p = logits.log_softmax(-1)
        p = log_p.exp()
        of_class = nn.functional.one_hot(batch.labels, len(self.sums)).to(p)
        self.sums += of_class.T @ p.detach()
        mean = self.means[batch.labels]
        divergence: Tensor = (p * (log_p - mean.clamp(min=_least(mean)).log())).sum(-1)
        return divergence * (mean.sum(-1) > 0)


def _least(of: Tensor) -> float:
    return torch.finfo(of.dtype).tiny
