"""Average top-k loss (Fan et al., "Learning with Average Top-k Loss", NeurIPS 2017, arXiv:1705.08826).

    risk = the mean of the k largest losses of the batch,    k = share * B to the nearest whole number, at least 1

Between the mean of all (share = 1) and the largest alone. risk=cvar at level = 1 - share is the same where share * B is
a whole number, and elsewhere gives one more example a part of the weight. The paper takes the k largest of all training
examples; here it is of each batch.

Args:
    share: in (0, 1]; 1 is the mean. The paper chooses k on validation data.

>>> from torch import tensor
>>> losses = tensor([0.3, 2.0, 0.1, 1.2])
>>> TopK(share=0.5)(losses, None)    # (2.0 + 1.2) / 2
tensor(1.6000)
>>> TopK(share=1.0)(losses, None) == losses.mean()    # share = 1 is the mean
tensor(True)
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.ranks import ranks


class TopK(Risk):
    fits = ("any",)

    def __init__(self, *, share: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.share = share

    def forward(self, losses: Tensor, batch: Batch | None) -> Tensor:
        """losses (B,) -> ()."""
        k = max(round(self.share * len(losses)), 1)
        return losses.where(ranks(losses) >= len(losses) - k, 0.0).sum() / k
