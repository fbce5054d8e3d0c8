"""Instance-wise risk minimisation by UPGrad (Quinton and Rey, "Jacobian Descent for Multi-Objective Optimization",
arXiv:2406.16232).

Each example of a batch is an objective of its own, and a step is to increase none of them. With J (B, P) the gradients
of the losses,

    v_i = argmin v' J J' v over all v >= e_i,    w = mean of v_i,    the direction is J' w

Each gradient is projected onto the cone of directions that conflict with no gradient, and these are averaged. The
number to minimise is sum_i w_i l_i, w a constant, so that any optimizer gets that direction. torchjd, the authors'
package, solves for v_i.

Args:
    norm_eps: at least 0. J J' is divided by its trace; where that is below this, the batch's mean is taken. The
        package's 1e-4.
    reg_eps: positive. Added to the diagonal of J J' after that, so that a solution can be found; it moves the fourth
        digit. The package's 1e-4; 1e-12 is the projection itself.

If no two gradients conflict, and for a batch of one, it is the mean. It needs each example's gradient, so it runs one
seed at a time. Its solver is not a tensor program, so it runs without exec.compile. The paper's batch_size is 32
(unconfirmed); of twice as many v_i takes ten times as long.
"""

from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.terms import Risk
from runner.data.loader import Batch
from runner.parts.risks.jacobian import jacobian


class IWRMUPGrad(Risk):
    fits = ("any",)
    stackable = False

    def __init__(
        self, method: nn.Module, *, norm_eps: Annotated[float, "[0, inf)"], reg_eps: Annotated[float, "(0, inf)"]
    ):
        super().__init__()
        from torchjd.aggregation import UPGradWeighting  # takes half a second
        from torchjd.linalg import QuadprogProjector

        self.trained = method.parameters  # the function: the method is no part of its risk
        self.weighting = UPGradWeighting(projector=QuadprogProjector(norm_eps=norm_eps, reg_eps=reg_eps))

    def forward(self, losses: Tensor, batch: Batch | None) -> Tensor:
        """losses (B,) -> ()."""
        rows = [part.double() for part in jacobian(losses, self.trained())]
        gramian = torch.stack([part @ part.mT for part in rows]).sum(0)
        if not gramian.isfinite().all():
            return losses.mean()  # a seed that has diverged: there is nothing to solve
        return (self.weighting(gramian).to(losses.dtype) * losses).sum()
