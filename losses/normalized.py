"""Any loss normalised over the classes (Ma et al., "Normalized Loss Functions", ICML 2020, arXiv:2006.13554).

    L(z, y) = base(z, y) / sum_k base(z, k)

Over all K labels it sums to 1, whatever the base: symmetric, so robust to symmetric noise, at the price of a gradient
that fades early (the paper adds a passive loss such as MAE). Around cross-entropy it is NCE, around focal loss NFL,
around GCE NGCE; around MAE it is (1 - p_y) / (K - 1). The base is asked K times a step, its losses should not be
negative, and its logits are the same at each: a base that keeps state or asks for draws cannot be normalised.

Args:
    base: the loss, without buffers and draws. The paper's: cross-entropy; focal with gamma 0.5, its weight detached
        in the released code; GCE with q 0.1.

>>> from torch import tensor, zeros
>>> from losses.ce import CE
>>> Normalized(base=CE())(tensor([[3.0, 0.0]]), tensor([1]), tensor([0]))    # 3.0486 / (0.0486 + 3.0486)
tensor([0.9843])
>>> Normalized(base=CE())(zeros(1, 10), tensor([3]), tensor([0]))    # equal losses are 1 / K, whatever the base
tensor([0.1000])
"""

import torch
from torch import Tensor, nn


class Normalized(nn.Module):
    def __init__(self, *, base: nn.Module):
        super().__init__()
        if getattr(base, "draws", {}) or next(base.buffers(), None) is not None:
            raise ValueError(f"base: {type(base).__name__} keeps state or asks for draws and cannot be normalised")
        self.base = base

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,) -> losses (B,)."""
        classes = range(logits.shape[-1])
        every = torch.stack([self.base(logits, torch.full_like(labels, k), index) for k in classes], -1)
        return every.gather(-1, labels[:, None])[:, 0] / every.sum(-1)
