"""Online to non-convex conversion: an online learner says each step, and gradients are taken at random on the way.

    x_n = x_(n-1) + D_n,    w_n = x_(n-1) + s_n D_n,  s_n uniform in [0, 1],    g_n at w_n
    D_(n+1) = D_n - lr g_n, made no longer than the radius;  D_1 = 0

Cutkosky, Mehta and Orabona, ICML 2023, arXiv:2302.03775, Algorithm 1 with projected online gradient descent. The length
is of all weights of a seed. The trained weights are w. The paper returns the mean of w over a block of steps, drawn
from all blocks; here the last whole block is evaluated, and w itself before there is one. s is drawn from a stream of
the seed.

The paper has no experiments with networks, and no numbers: those of conf/ are a guess. Its theory asks for a radius of
delta / block, where delta is how far from a stationary point the returned one may lie. Unconfirmed: its constants.

Limit: with s = 1 and no bound it is momentum that forgets nothing, which diverges.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import torch
from torch import Tensor

from runner.contracts.optimizer import Gradients, StackOptimizer
from runner.data.streams import generator


class O2NC(StackOptimizer):
    """Bounded steps, by gradients at a random place within each.

    Args:
        lr: of the online learner.
        radius: longest step of all weights of a seed.
        block: steps over which the evaluated weights are a mean.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        radius: Annotated[float, "(0, inf)"],
        block: Annotated[int, "[1, inf)"],
    ):
        super().__init__(params, seeds, {"lr": lr, "steps": 0})
        self.radius = radius
        self.block = block

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        moving = list(self.moving())
        for weight, slope, state, group in moving:
            if not state:
                state.update(x=weight.clone(), move=torch.zeros_like(weight), sum=torch.zeros_like(weight))
            state["sum"].add_(weight)
            state["x"].add_(state["move"])
            state["move"].sub_(group["lr"] * slope)
        for group in self.param_groups:
            group["steps"] += 1
        steps = self.param_groups[0]["steps"]
        length = self.axis.norm([each.state["move"] for each in moving])
        shorter = (self.radius / length).clamp(max=1)
        share = self.share(steps + 1).to(length)
        for weight, _, state, _ in moving:
            state["move"].mul_(self.axis.wide(shorter, weight))
            weight.copy_(state["x"] + self.axis.wide(share, weight) * state["move"])
            if steps % self.block == 0:
                state["mean"] = state["sum"] / self.block
                state["sum"] = torch.zeros_like(weight)

    def share(self, step: int) -> Tensor:
        """s (S,) of a step, counted from 1."""
        return torch.cat([torch.rand(1, generator=generator("o2nc", seed, step)) for seed in self.seeds])

    def evaluated(self) -> Iterator[tuple[Tensor, Tensor]]:
        for parameter, state in self.state.items():
            if "mean" in state:
                yield parameter, state["mean"]
