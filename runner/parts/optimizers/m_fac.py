"""M-FAC: the inverse of an empirical Fisher matrix, times the gradient, without the matrix.

    F = damp I + G'G / m,    the rows of G (m, d) are the last m gradients
    v <- momentum v + (1 - momentum) F^-1 g,    w <- w - lr v
    F^-1 g = m G' (m damp I + GG')^-1 e,    for g is the row of G that e, a unit vector, picks

Frantar, Kurtic and Alistarh, NeurIPS 2021, arXiv:2107.03356; numbers are those of the released code,
IST-DASLab/M-FAC@8116367: lr 0.001, damp 1e-5, m 1024, and in its example of ResNet-20 on CIFAR-10 m 512 with a decay of
0.003, for 164 epochs of batches of 128. The accuracies of the paper are unconfirmed. As there, the gradient of the step
enters F before F is inverted, G begins with zeros, and the sum is divided by m from the first step on. The decay is
added to the gradient.

A step costs O(m d + m^3), and G is m d numbers a seed: 512 gradients of the default network on digits are 39 MB in
float32, those of ResNet-20 550 MB. The products GG' are kept, and have one new row a step. The system is solved in
float64.

Limit: with lr / damp fixed and damp -> inf it is SGD of the rate lr / damp.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch

from runner.contracts.optimizer import Gradients, Moving, StackOptimizer


class MFAC(StackOptimizer):
    """Preconditioned by the last gradients.

    Args:
        lr: of the preconditioned gradient.
        past: m, how many gradients are kept.
        damp: of the Fisher matrix.
        momentum: share of the past in the mean of steps.
        weight_decay: added to the gradient, times the weights.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        past: Annotated[int, "[1, 10000]"],
        damp: Annotated[float, "(0, inf)"],
        momentum: Annotated[float, "[0, 1)"],
        weight_decay: Annotated[float, "[0, inf)"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay, "steps": 0})
        self.past = past
        self.damp = damp
        self.momentum = momentum

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        row = self.param_groups[0]["steps"] % self.past
        for group in self.param_groups:
            group["steps"] += 1
        moving = list(self.moving())
        for each in moving:
            self._enter(each, row)
        products = torch.stack([each.state["products"] for each in moving]).sum(0).double()
        unit = torch.zeros_like(products[..., 0])
        unit[:, row] = 1.0
        damped = products + self.past * self.damp * torch.eye(self.past, dtype=products.dtype, device=products.device)
        shares = self.past * torch.linalg.solve_ex(damped, unit)[0]
        for weight, _, state, group in moving:
            solved = state["gradients"].mT @ shares[..., None].to(weight)
            state["mean"].lerp_(solved.view_as(weight), 1 - self.momentum)
            weight.sub_(group["lr"] * state["mean"])

    def _enter(self, moving: Moving, row: int) -> None:
        """Put a parameter's gradient in a row of G."""
        weight, slope, state, group = moving
        gradient = self.axis.of(slope + group["weight_decay"] * weight).flatten(1)
        if not state:
            size, d = gradient.shape
            state["gradients"] = gradient.new_zeros(size, self.past, d)
            state["products"] = gradient.new_zeros(size, self.past, self.past)
            state["mean"] = torch.zeros_like(weight)
        state["gradients"][:, row] = gradient
        along = (state["gradients"] @ gradient[..., None])[..., 0]
        state["products"][:, row] = state["products"][:, :, row] = along
