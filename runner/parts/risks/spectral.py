"""Spectral risk (Mehta et al., "Distributionally Robust Optimization with Bias and Variance Reduction", ICLR 2024).

    risk = max over q in P(sigma) of sum_i q_i l_i - smoothing * B / 2 * |q - 1/B|^2
    sigma_i = G(i / B) - G((i - 1) / B),    P(sigma) the mixtures of all orders of sigma

G, with G(0) = 0 and G(1) = 1, says what part of the weight the lower u of the losses get:

    superquantile    max(u - q, 0) / (1 - q)                   q in [0, 1), as risk=cvar
    extremile        u^r                                       r at least 1
    esrm             (e^(rho u) - 1) / (e^rho - 1)             rho at least 0

Without smoothing the largest loss has the largest weight, and so on down. With it, weights are pulled towards 1 / B: of
losses in order, B q = v - isotonic(v - B sigma) with v = l / smoothing + 1. q is a constant to the gradient, which is
that of the risk itself (envelope theorem). All is of one batch; Prospect, the paper's optimizer, is another matter.

Args:
    kind: superquantile, extremile or esrm.
    parameter: q, r or rho; 0, 1 and 0 are the mean. The paper's 0.5, 2 and 1 (unconfirmed).
    smoothing: at least 0, the paper's shift cost nu, of which the released code takes B times as here; 0 is none of it,
        and inf would be the mean. The paper's 1 (unconfirmed).

>>> from torch import tensor
>>> losses = tensor([0.3, 2.0, 0.1, 1.2, 0.7, 0.05, 3.1])
>>> Spectral(kind="extremile", parameter=2.0, smoothing=0.0)(losses, None)    # sum of (2 i - 1) l_(i) / 49
tensor(1.6296)
>>> Spectral(kind="extremile", parameter=1.0, smoothing=1.0)(losses, None) == losses.mean()    # r = 1 is the mean
tensor(True)
"""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.risks.isotonic import isotonic


class Spectral(Risk):
    fits = ("any",)

    def __init__(
        self,
        *,
        kind: Literal["superquantile", "extremile", "esrm"],
        parameter: Annotated[float, "[0, inf)"],
        smoothing: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        if kind == "superquantile" and parameter >= 1:
            raise ValueError(f"parameter={parameter}: must be in [0, 1) where kind=superquantile")
        if kind == "extremile" and parameter < 1:
            raise ValueError(f"parameter={parameter}: must be at least 1 where kind=extremile")
        self.kind = kind
        self.parameter = parameter
        self.smoothing = smoothing

    def forward(self, losses: Tensor, batch: Batch | None) -> Tensor:
        """losses (B,) -> ()."""
        weights = self.weights(losses.detach())
        return (weights * losses).mean() - self.smoothing / 2 * (weights - 1).square().mean()

    def weights(self, losses: Tensor) -> Tensor:
        """(B,) B q of losses (B,). In float64: they are small differences of losses divided by a perhaps small number.

        >>> Spectral(kind="superquantile", parameter=0.5, smoothing=1.0).weights(torch.tensor([0.0, 0.5, 1.5]))
        tensor([0.3333, 0.8333, 1.8333])
        """
        order = losses.argsort(stable=True)
        shares = torch.linspace(0, 1, len(losses) + 1, dtype=torch.float64, device=losses.device)
        found = len(losses) * self._upto(shares).diff()
        if self.smoothing > 0:
            wanted = losses[order].double() / self.smoothing + 1
            found = wanted - isotonic(wanted - found)
        return found[order.argsort()].to(losses.dtype)

    def _upto(self, share: Tensor) -> Tensor:
        if self.kind == "superquantile":
            return (share - self.parameter).clamp(min=0) / (1 - self.parameter)
        if self.kind == "extremile":
            return share**self.parameter
        rho = self.parameter
        if rho == 0:
            return share
        # (e^(rho u) - 1) / (e^rho - 1), where e^rho may be infinite or next to 1
        return (rho * (share - 1)).exp() * torch.expm1(-rho * share) / math.expm1(-rho)
