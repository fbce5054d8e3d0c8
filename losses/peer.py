"""Peer loss (Liu and Guo, ICML 2020, arXiv:1910.03231).

    L_i = l(z_i, y_i) - alpha * l(z_a(i), y_b(i)),    l(z, y) = -log(p_y + 1e-5), p = softmax(z)

An example's loss less that of a peer, the input of one example with the label of another: agreeing with labels that
tell nothing of the input, as a network that follows the class sizes does, earns nothing. No noise rates are needed.
a and b are independent permutations of the batch, drawn by the loader, so that peer inputs and peer labels are drawn
without replacement from the batch itself; the released code takes them from two further batches, in independent
orders. The floor 1e-5 is the released code's; it bounds l by 11.51. Losses can be negative.

Args:
    alpha: weight of the peers, at least 0. The released code raises it by epoch: 0 for 20, to 1 over 20, to 2 over 10,
        to 5 over 50, to 10 over 100, to 20 over 100, with a learning rate divided by 1 + alpha; here it is constant.

>>> from torch import tensor, zeros
>>> logits, labels = tensor([[3.0, 0.0], [0.0, 3.0]]), tensor([0, 1])
>>> drawn = {"peer_inputs": tensor([0, 1]), "peer_labels": tensor([1, 0])}
>>> Peer(alpha=1.0)(logits, labels, labels, **drawn)    # 0.0486 - 3.0486, but for the floor
tensor([-2.9998, -2.9998])
>>> one = {"peer_inputs": tensor([0]), "peer_labels": tensor([0])}
>>> Peer(alpha=0.0)(zeros(1, 10), tensor([3]), tensor([0]), **one)    # alpha = 0 is cross-entropy: -log(0.1 + 1e-5)
tensor([2.3025])
"""

import math
from collections.abc import Callable
from typing import Annotated, ClassVar

import torch
from torch import Generator, Tensor, nn


class Peer(nn.Module):
    draws: ClassVar[dict[str, Callable[[Generator, int], Tensor]]] = {
        "peer_inputs": lambda g, b: torch.randperm(b, generator=g),
        "peer_labels": lambda g, b: torch.randperm(b, generator=g),
    }

    def __init__(self, *, alpha: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.alpha = alpha

    def forward(
        self, logits: Tensor, labels: Tensor, index: Tensor, *, peer_inputs: Tensor, peer_labels: Tensor
    ) -> Tensor:
        """logits (B, K), labels (B,), index (B,), two permutations of the batch (B,) -> losses (B,)."""
        log_p = logits.log_softmax(-1)
        nll = -log_p.logaddexp(torch.full_like(log_p, math.log(1e-5)))
        own = nll.gather(-1, labels[:, None])[:, 0]
        return own - self.alpha * nll[peer_inputs].gather(-1, labels[peer_labels][:, None])[:, 0]
