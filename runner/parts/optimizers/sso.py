"""SSO: many steps on a surrogate that is built once, where the gradient of the loss is what costs.

    z = f(w, x): outputs of the network,    G = dL / dz at z_t,    L the mean loss of a batch of B
    P(w) = <G, f(w, x) - z_t> + ||f(w, x) - z_t||^2 / (2 lr B)
    w <- m steps down P from w_t, each with a line search:
         w - a dP/dw,    a the first of `first` lr, shrunk again and again, with P falling by c a ||dP/dw||^2

Lavington, Vaswani, Babanezhad, Schmidt and Le Roux, "Target-based surrogates for stochastic optimization", ICML 2023,
arXiv:2302.02607; as the released code has it, WilderLavington/Target-Based-Surrogates@205dde6 (SGD_FMDOpt with LSOpt).
P is its surrogate in other units: that one is 2 lr / K times P, for its mean is over B K numbers, and its eta, which is
1 / (2 lr B), an inverse step. A schedule of lr is one of the paper's eta. At w_t the gradient of P is that of L.

Its numbers: c 0.5, shrink 0.9, expand 1.8, a first step of 36 lr / K, 100 tries; m in 1, 10, 20 and 100 (unconfirmed).
After the first of the m steps the line search begins at `expand` times the step that was taken before. A seed whose
tries all failed takes the step that would have been tried next. Here the number of tries is the same for all seeds and
steps, so fewer are wise, with a smaller `shrink`. The released code stops where the gradient vanishes; here it goes on,
and moves nothing.

The paper counts gradients of L: one a step, as of SGD. The runner counts passes through the network: m gradients a
step, and 1 + m tries forward passes. Where the objective is more than the mean loss of the outputs, there is no
surrogate of it: this goes with method=erm, without regularizers and with risk=mean. Parameters that are the loss's own
do not move.

Limit: with m = 1 and tries = 0 it is SGD of the rate `first` lr. A mean loss whose curvature in each example's outputs
is at most 1 / lr is never above L(w_t) + P: cross-entropy, whose curvature is at most 1 / 2, up to lr = 2.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import torch
from torch import Tensor

from runner.contracts.optimizer import Gradients, Moving, StackOptimizer


class SSO(StackOptimizer):
    """Steps down a surrogate in the outputs of the network.

    Args:
        lr: of the outputs: those of an example are drawn lr times the gradient of its loss away from where they are.
        m: steps down the surrogate.
        first: step that is tried first, over lr.
        tries: steps that are tried, of each of the m; 0 takes the first.
        shrink: of a step that failed.
        expand: of the step before, where the next search begins.
        c: share of the fall that a step by the gradient promises, which it has to keep.
    """

    of_outputs = True

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "(0, inf)"],
        m: Annotated[int, "[1, 10000]"],
        first: Annotated[float, "(0, inf)"],
        tries: Annotated[int, "[0, 10000]"],
        shrink: Annotated[float, "(0, 1)"],
        expand: Annotated[float, "[1, inf)"],
        c: Annotated[float, "(0, 1)"],
    ):
        super().__init__(params, seeds, {"lr": lr})
        self.m = m
        self.first, self.tries = first, tries
        self.shrink, self.expand = shrink, expand
        self.c = c

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        lr = self.param_groups[0]["lr"]
        if not lr:
            return  # the end of a schedule
        outputs = gradients.outputs()
        with torch.enable_grad():
            slopes = gradients.slopes(outputs)

        def surrogate(found: Tensor) -> Tensor:
            moved = found - outputs
            return (slopes * moved + moved**2 / (2 * lr * outputs.shape[1])).flatten(1).sum(1)

        value, size = surrogate(outputs), outputs.new_full((len(outputs),), self.first * lr)
        for taken in range(self.m):
            if taken:  # the gradient of the first is the objective's, which is in `grad`
                size = self.expand * size
                with torch.enable_grad():
                    value = gradients.pull(surrogate)
            size = self._descend(surrogate, value, size, gradients)

    def _descend(
        self, surrogate: Callable[[Tensor], Tensor], value: Tensor, size: Tensor, gradients: Gradients
    ) -> Tensor:
        """Take one step, of a size (S,) that is found from this one on; it."""
        moving = list(self.moving())
        before = [each.weight.clone() for each in moving]
        fall = self.c * self.axis.norm([each.slope for each in moving]) ** 2
        found = torch.zeros_like(size, dtype=torch.bool)
        for _ in range(self.tries):
            self._place(moving, before, size)
            found = found | (surrogate(gradients.outputs()) <= value - size * fall)
            size = torch.where(found, size, self.shrink * size)
        self._place(moving, before, size)
        return size

    def _place(self, moving: Sequence[Moving], before: Sequence[Tensor], size: Tensor) -> None:
        """Put the weights a step away from where they were."""
        for each, start in zip(moving, before, strict=True):
            each.weight.copy_(start - self.axis.wide(size, start) * each.slope)
