"""EnsLoss, an ensemble of calibrated losses, for two classes (Dai, arXiv:2409.00908).

    L_i(z, y) = g_i * s_i,    s_i = t_i (z_1 - z_0),    t_i = 1 if y_i = 1 else -1,    g_i held constant

Each batch makes up a new convex calibrated loss by its slopes g alone: -BC(e) of as many normal numbers e as there
are examples, BC(e) = max(1 + lam e, 0)^(1/lam) or exp(e) for lam = 0, clipped at -1 and sorted so that the smallest
margin gets the steepest slope; beyond s = 1 divided by s; less 1e-6, so that every example pulls. No one loss is
there to be overfitted. The gradient is the method; the value has no meaning of its own and falls below 0.

A binary loss reads a network of two classes through the one logit s = z_1 - z_0, the log-odds of class 1: exactly a
sigmoid model. Slopes are handed out by rank, so that an example's loss depends on its batch.

Args:
    num_classes: K, given by the runner; other than 2 it is refused.
    lam: lambda of BC, in [-1, 1]; the released default is 0. null: uniform in (-1, 1), new for each batch; where the
        released code draws it, it keeps it for some epochs (10).

The clip at -1, the 1/s and the 1e-6 are the released code's; that the paper has the same is unconfirmed.

>>> from math import log
>>> from torch import tensor
>>> z, y, i = tensor([[0.0, 0.5], [0.0, -0.5]]), tensor([1, 1]), tensor([0, 1])
>>> normals = tensor([log(0.4), log(0.8)])    # slopes -0.8 for the margin -0.5, -0.4 for 0.5
>>> EnsLoss(2, lam=0.0)(z, y, i, normals=normals)
tensor([-0.2000,  0.4000])
>>> EnsLoss(2, lam=0.0)(z, y, i, normals=tensor([9.0, 9.0]))    # all clipped: up to s = 1 the hinge's slope, -s
tensor([-0.5000,  0.5000])
"""

from collections.abc import Callable
from typing import Annotated

import torch
from torch import Generator, Tensor, nn


class EnsLoss(nn.Module):
    def __init__(self, num_classes: int, *, lam: Annotated[float, "[-1, 1]"] | None):
        super().__init__()
        if num_classes != 2:
            raise ValueError(f"needs two classes, for example classes=[0,1]; this data set has {num_classes}")
        self.lam = lam
        self.draws: dict[str, Callable[[Generator, int], Tensor]] = {"normals": _normals}
        if lam is None:
            self.draws["lams"] = _lams

    def forward(
        self, logits: Tensor, labels: Tensor, index: Tensor, *, normals: Tensor, lams: Tensor | None = None
    ) -> Tensor:
        """logits (B, 2), labels (B,), index (B,) -> losses (B,)."""
        s = (2 * labels - 1) * (logits[:, 1] - logits[:, 0])
        e = normals.to(s.dtype)
        # lam is null only where lams are drawn
        lam = torch.full_like(e, self.lam) if lams is None else lams.to(s.dtype)  # type: ignore[arg-type]
        # log1p keeps what 1 + lam e would round away; lam = 0 has its own branch and a stand-in in the other
        power = (lam * e).clamp(min=-1).log1p() / torch.where(lam == 0, 1.0, lam)
        slopes = (-torch.where(lam == 0, e, power).exp()).clamp(min=-1).sort().values
        margins = s.detach()
        g = slopes.gather(0, margins.argsort().argsort())
        return (g / margins.clamp(min=1) - 1e-6) * s


def _normals(g: Generator, b: int) -> Tensor:
    return torch.randn(b, generator=g)


def _lams(g: Generator, b: int) -> Tensor:
    """One number for the whole batch."""
    return (2 * torch.rand(1, generator=g) - 1).expand(b)
