"""The sum of the absolute values of all parameters of the network, as in Ye et al., "Active Negative Loss Functions for
Learning with Noisy Labels", NeurIPS 2023.

    penalty = weight * sum over all parameters w of |w|

It draws every parameter towards zero equally strongly, so that many end up about there; gradient steps of a finite
length do not hit zero itself.

Args:
    weight: at least 0. With ANL 5e-5 for CIFAR-10, 5e-7 for CIFAR-100, 1e-6 for MNIST, 5e-6 for WebVision, and
        optimizer.weight_decay=0. 0 is no penalty.

Biases and BatchNorm's scales are parameters too, as in the released code. A method's second network is not priced.

>>> network = nn.Linear(2, 1, bias=False)
>>> _ = nn.init.constant_(network.weight, -3.0)
>>> L1(network, weight=0.5)(None, None, None).item()    # 0.5 * (3 + 3)
3.0
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.terms import Regularizer
from runner.data.loader import Batch


class L1(Regularizer):
    fits = ("any",)

    def __init__(self, network: nn.Module, *, weight: Annotated[float, "[0, inf)"]):
        super().__init__()
        self.network = network
        self.weight = weight

    def forward(self, features: Tensor | None, logits: Tensor | None, batch: Batch | None) -> Tensor:
        """features (B, D), logits (B, K), batch -> ()."""
        return self.weight * torch.stack([p.abs().sum() for p in self.network.parameters()]).sum()
