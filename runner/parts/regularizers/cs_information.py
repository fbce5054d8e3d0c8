"""Cauchy-Schwarz information of the features about the inputs (Yu et al., "Cauchy-Schwarz Divergence Information
Bottleneck for Regression", ICLR 2024; repository SJYuCNEL/Cauchy-Schwarz-Information-Bottleneck).

    penalty = weight * (log2 mean_ij K_ij Q_ij + log2 (mean_ij K_ij mean_ij Q_ij) - 2 log2 mean_i K_i Q_i)
    K_i = mean_j K_ij,    Q_i = mean_j Q_ij
    K_ij = exp(-|x_i - x_j|^2 / (2 sigma^2)),    Q_ij the same of the features

It is of a whole batch, in bits, and 0 where all features are alike. With loss=cs_divergence it is the paper's
objective, with loss=mse what its released training minimises. Inputs are flattened; where they have many numbers, sigma
must grow with their distances, or all inputs are equally far from each other and the penalty is of the features alone.

Args:
    weight: beta, at least 0; 0: no penalty. The paper chooses it on validation data; 1e-2 is ours.
    sigma: width of both kernels, above 0. The released code's is 1.

>>> from torch import eye, ones
>>> from runner.data.loader import Batch
>>> batch = Batch(eye(4), ones(4), ones(4), {})
>>> CSInformation(weight=1.0, sigma=1.0)(ones(4, 3), eye(4), batch).abs() < 1e-6    # features that are all alike
tensor(True)
"""

from typing import Annotated

from torch import Tensor

from losses.regression._cauchy_schwarz import information
from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class CSInformation(Regularizer):
    fits = ("any",)

    def __init__(self, *, weight: Annotated[float, "[0, inf)"], sigma: Annotated[float, "(0, inf)"]):
        super().__init__()
        self.weight = weight
        self.sigma = sigma

    def forward(self, features: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return self.weight * information(batch.x.flatten(1), features, self.sigma)
