"""The sum of the squares of all parameters of the network (Krogh and Hertz, "A Simple Weight Decay Can Improve
Generalization", NIPS 1991).

    penalty = weight * sum over all parameters w of w^2

Its gradient is 2 * weight * w: under SGD and Adam it is optimizer.weight_decay = 2 * weight, but for parameters that a
method has besides the network, and but for grad_clip, which clips it too. Under AdamW it is not: there weight decay
bypasses Adam's scaling, and a penalty does not (Loshchilov and Hutter, ICLR 2019).

Args:
    weight: at least 0. 2.5e-4 is the default optimizer.weight_decay=5e-4, which is to be 0 beside it. 0 is no penalty.

>>> network = nn.Linear(2, 1, bias=False)
>>> _ = nn.init.constant_(network.weight, -3.0)
>>> L2(network, weight=0.5)(None, None, None).item()    # 0.5 * (9 + 9)
9.0
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class L2(Regularizer):
    fits = ("any",)

    def __init__(self, network: nn.Module, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.network = network
        self.weight = weight

    def forward(self, features: Tensor | None, logits: Tensor | None, batch: Batch | None) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return self.weight * torch.stack([p.square().sum() for p in self.network.parameters()]).sum()
