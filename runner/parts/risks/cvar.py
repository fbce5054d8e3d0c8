"""Conditional value at risk (Rockafellar and Uryasev, "Optimization of Conditional Value-at-Risk", Journal of Risk,
2000).

    risk = the mean of the worst 1 - level of the batch
         = sum_i w_(i) l_(i) / B,    w_(i) = min(max(i - level B, 0), 1) / (1 - level),    l_(1) <= ... <= l_(B)

Exact at every level: the one loss that stands at the quantile counts by the part of it that lies above. As an objective
for neural networks, batch by batch: Levy et al., "Large-Scale Methods for Distributionally Robust Optimization",
NeurIPS 2020, arXiv:2010.05893. A batch's CVaR is on average below that of all examples.

Args:
    level: in [0, 1), the share of the batch that is left out, the lower one; 0 is the mean. Meng and Gower (ICML 2023)
        take 0.95, Mehta et al. (ICLR 2024) 0.5 (unconfirmed).

risk=top_k is the same for whole numbers of examples: k = (1 - level) B.

>>> from torch import tensor
>>> losses = tensor([0.3, 2.0, 0.1, 1.2, 0.7, 0.05, 3.1])
>>> CVaR(level=0.5)(losses, None)    # (3.1 + 2.0 + 1.2 + 0.7 / 2) / 3.5
tensor(1.9000)
>>> CVaR(level=0.0)(losses, None) == losses.mean()    # level = 0 is the mean
tensor(True)
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.ranks import ranks


class CVaR(Risk):
    fits = ("any",)

    def __init__(self, *, level: Annotated[float, "[0, 1)"]):
        super().__init__()
        self.level = level

    def forward(self, losses: Tensor, batch: Batch | None) -> Tensor:
        """losses (B,) -> ()."""
        above = (ranks(losses).to(losses.dtype) + 1 - self.level * len(losses)).clamp(0, 1)
        return (above / (1 - self.level) * losses).mean()
