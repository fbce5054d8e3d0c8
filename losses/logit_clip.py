"""LogitClip around any loss (Wei et al., ICML 2023, arXiv:2212.04055).

    L(z, y) = base(z', y)
    form "paper":     z' = z * min(1, tau / ||z||)
    form "released":  z' = z * tau / n  if n > 1 / tau, else z;    n = ||z|| + 1e-7

Logits of bounded length (Euclidean) bound cross-entropy, by log(1 + (K - 1) exp(sqrt(2) tau)), and with it the pull of
any one label. The gradient passes through the length. Evaluation sees the logits as they are. The released code takes
temp = 1 / tau, rescales to length tau but compares with 1 / tau: continuous at tau = 1 only, where the forms agree.
Above 1 it lengthens logits between 1 / tau and tau; below 1 it leaves those between tau and 1 / tau as they are.

Args:
    base: the loss; draws and state are its own.
    tau: the length, above 0. In the tables of Wang et al., "epsilon-Softmax", NeurIPS 2024, of the released form around
        cross-entropy: CIFAR-10 1 (clean, 20% and 40% symmetric noise), 1.5 (60%, 80%), 2.5 (asymmetric); CIFAR-100
        0.5, 2.5 (asymmetric). The released README's example, temp = 1.5, is tau = 0.67. Which of tau and 1 / tau the
        paper's tables list is unconfirmed.
    form: "paper" or "released"; those tables' numbers are of "released", and so, presumably, are the paper's.

>>> from torch import tensor
>>> from losses.ce import CE
>>> z, y = tensor([[3.0, 4.0]]), tensor([0])
>>> LogitClip(base=CE(), tau=1.0, form="paper")(z, y, y)    # z' = (0.6, 0.8): log(1 + e^0.2)
tensor([0.7981])
>>> LogitClip(base=CE(), tau=5.0, form="paper")(z, y, y)    # tau at least the length is the base: log(1 + e)
tensor([1.3133])
"""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn


class LogitClip(nn.Module):
    def __init__(self, *, base: nn.Module, tau: Annotated[float, "(0, inf)"], form: Literal["paper", "released"]):
        super().__init__()
        self.base = base
        self.tau = tau
        self.form = form
        self.draws = dict(getattr(base, "draws", {}))

    def forward(self, logits: Tensor, labels: Tensor, index: Tensor, **drawn: Tensor) -> Tensor:
        """logits (B, K), labels (B,), index (B,), the base's draws -> losses (B,)."""
        length = torch.linalg.vector_norm(logits, dim=-1, keepdim=True)
        if self.form == "paper":
            clipped = logits * (self.tau / length.clamp(min=self.tau))
        else:
            length = length + 1e-7
            clipped = torch.where(length > 1 / self.tau, logits * (self.tau / length), logits)
        return self.base(clipped, labels, index, **drawn)
