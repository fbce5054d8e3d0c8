"""Hard bootstrapping (Reed et al., ICLR 2015 workshop).

    L(z, y) = -beta * log p_y - (1 - beta) * max_k log p_k,    p = softmax(z)

The target is the label mixed with the network's present choice, onehot(argmax z), which is constant between ties and so
has no gradient of its own. Where the network disagrees with a label, it is pulled both ways.

Args:
    beta: the label's weight, in (0, 1]. The paper's 0.8.

>>> from torch import tensor
>>> p = tensor([[0.75, 0.25]])
>>> BootstrapHard(beta=0.8)(p.log(), tensor([1]), tensor([0]))    # -0.8 log 0.25 - 0.2 log 0.75
tensor([1.1666])
>>> BootstrapHard(beta=1.0)(p.log(), tensor([1]), tensor([0]))    # beta = 1 is cross-entropy: log 4
tensor([1.3863])
"""

from typing import Annotated

import torch.nn.functional as F
from torch import Tensor, nn


class BootstrapHard(nn.Module):
    def __init__(self, *, beta: Annotated[float, "(0, 1]"]):
        super().__init__()
        self.beta = beta

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        nll = F.cross_entropy(logits, labels, reduction="none")
        return self.beta * nll - (1 - self.beta) * logits.log_softmax(-1).amax(-1)
