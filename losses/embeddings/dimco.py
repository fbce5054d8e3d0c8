"""Discrete infomax codes (Lee, Kim, Park and Choi, "Discrete Infomax Codes for Supervised Representation Learning",
Entropy 2022, arXiv:1905.11656): each position of a code is to tell as much as it can of the class.

    -sum over positions d of I_d,    I_d = H(mean_i p_id) - sum_y P(y) H(mean_{i of y} p_id)

p_id is the softmax of the W logits of position d, P(y) the share of class y in the batch, H the entropy in nats. I_d is
the mutual information of a symbol that p_id draws and the class, between 0 and log W and no more than H(Y). The
positions do not know of each other: that codes are not to say the same twice is a further term of the paper, whose form
is unconfirmed for want of released code, and which is not here. method=dimco retrieves by the codes.

Args:
    num_classes: K; num_outputs: D, a multiple of W. Given by the runner.
    symbols: W, at least 2.

Raises:
    ValueError: the logits cannot be parted into positions.

>>> loss, labels = DIMCO(2, 2, symbols=2), torch.tensor([0, 0, 1, 1])
>>> round(loss(9 * torch.eye(2)[labels], labels, labels).item(), 3)    # one bit: -log 2, less what is unsure
-0.692
>>> loss(torch.eye(2)[[0, 0, 0, 0]], labels, labels).abs().item() < 1e-6    # all codes alike tell nothing
True
"""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot


class DIMCO(nn.Module):
    fits = ("retrieval",)
    kind = "embeddings"

    def __init__(self, num_classes: int, num_outputs: int, *, symbols: Annotated[int, "[2, 65536]"]):
        if num_outputs % symbols:
            raise ValueError(f"loss.symbols={symbols}: must divide the {num_outputs} numbers of an embedding")
        super().__init__()
        self.num_classes = num_classes
        self.symbols = symbols

    def forward(self, embeddings: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """embeddings (B, D), labels (B,), index (B,) -> ()."""
        p = embeddings.unflatten(1, (-1, self.symbols)).softmax(2)
        return -told(p, labels, self.num_classes).sum()


def told(p: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """I (P,) in nats of symbols with probabilities p (B, P, W) and labels (B,)."""
    own = one_hot(labels, num_classes).to(p.dtype)
    sizes = own.sum(0)
    means = torch.einsum("bk,bpw->kpw", own, p) / sizes.clamp(min=1)[:, None, None]
    within = (sizes / len(p)) @ _entropy(means)
    return _entropy(p.mean(0)) - within


def _entropy(p: Tensor) -> Tensor:
    """Probabilities (..., W) -> nats (...)."""
    return -(p * p.clamp(min=torch.finfo(p.dtype).tiny).log()).sum(-1)
