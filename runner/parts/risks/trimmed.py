"""Trimmed loss (Shen and Sanghavi, "Learning with Bad Training Data via Iterative Trimmed Loss Minimization", ICML
2019, arXiv:1810.11874).

    risk = the mean of the k smallest losses of the batch,    k = share * B to the nearest whole number, at least 1

Early in training, hard examples often have wrong labels. This risk leaves them out, the opposite of risk=top_k. The
paper alternates: it chooses among all training examples, then trains on those for a while. Here each batch does both,
which is our decision and not the paper's.

Args:
    share: in (0, 1]; 1 is the mean. The paper's is the share of right labels or a little less.

>>> from torch import tensor
>>> losses = tensor([0.3, 2.0, 0.1, 1.2])
>>> Trimmed(share=0.5)(losses, None)    # (0.1 + 0.3) / 2
tensor(0.2000)
>>> Trimmed(share=1.0)(losses, None) == losses.mean()    # share = 1 is the mean
tensor(True)
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.ranks import ranks


class Trimmed(Risk):
    fits = ("any",)

    def __init__(self, *, share: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.share = share

    def forward(self, losses: Tensor, batch: Batch | None) -> Tensor:
        """losses (B,) -> ()."""
        k = max(round(self.share * len(losses)), 1)
        return losses.where(ranks(losses) < k, 0.0).sum() / k
