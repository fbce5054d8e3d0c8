"""FOSI: Newton's step along a few eigenvectors of the Hessian, any optimizer for the rest.

    V (K, d): eigenvectors of the k largest and the l smallest eigenvalues of the Hessian,    P = V'V
    v <- momentum v + (1 - dampening) P g,    n = V' (V v / |eigenvalues|)
    b = base's step by g - P g,    w <- w + scale (b - P b) - alpha n
    scale = lam_max / lam_k, within [1, clip], where lam_k is the smallest of the k largest

Sivan, Gabel and Schuster, ICLR 2024, arXiv:2302.08484; as the released code has it, hsivan/fosi@cf040ce, whose numbers
are k 5, l 0, alpha 0.1, clip 3, and eigenvectors anew every 100 steps. The paper's k 10 and 800 steps are unconfirmed.
Before step number `warm_up` there are no eigenvectors. The released code couples numbers to the base:

    base           momentum               dampening    clip
    plain SGD      0                      0            3
    heavy ball     the base's, 0.9        0            3
    Adam           0.9                    0.9          1

Eigenvectors are those that 4 (k + l) products with the Hessian find, by Lanczos's method in float64 from a random
vector that a seed always draws alike; each product counts as two gradients. They are of the batch of the step, where
the released code has one batch for all training. A direction along which the curvature is 0, but for rounding, is left
to the base. A base's decay is no part of the Hessian; that of `regularizer=l2` is.

Limits: with k = l = 0 it is the base; with k = d, alpha = 1 and momentum = 0 it is Newton's method, with |H| in place
of the Hessian H.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from runner.contracts.optimizer import Gradients, Moving
from runner.data.streams import generator
from runner.parts.optimizers._around import Around
from runner.parts.optimizers._lanczos import eigenpairs

FLAT = 1e-7  # of the largest curvature: float32 cannot tell it from 0


class FOSI(Around):
    """Newton's step along some eigenvectors, the base's along all else.

    Args:
        k: eigenvectors of the largest eigenvalues.
        l: eigenvectors of the smallest ones.
        alpha: learning rate of Newton's step, which a schedule changes as it does the base's.
        every: steps between one set of eigenvectors and the next.
        warm_up: step of the first set, counted from 1.
        momentum: of the gradient along eigenvectors.
        dampening: 1 - the share of a new one, as of torch's SGD.
        clip: largest scale of the base's step.
        base: takes the other step; its learning rate, momentum and decay are its own.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        k: Annotated[int, "[0, 10000]"],
        l: Annotated[int, "[0, 10000]"],
        alpha: Annotated[float, "[0, inf)"],
        every: Annotated[int, "[1, inf)"],
        warm_up: Annotated[int, "[1, inf)"],
        momentum: Annotated[float, "[0, 1)"],
        dampening: Annotated[float, "[0, 1]"],
        clip: Annotated[float, "[1, inf)"],
        base: Annotated[Optimizer, "optimizer"],
    ):
        super().__init__(params, seeds, base)
        self.k, self.l, self.alpha = k, l, alpha
        self.every, self.warm_up = every, warm_up
        self.momentum, self.dampening = momentum, dampening
        self.clip = clip

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        moving = list(self.moving())
        for each in moving:
            self._begin(each)
        late = moving[0].state["steps"] - self.warm_up
        if self.k + self.l and late >= 0 and late % self.every == 0:
            self._look(moving, gradients)
        along = self._projected(moving, [each.slope for each in moving])
        for each, slope in zip(moving, along, strict=True):
            each.state["mean"].mul_(self.momentum).add_(slope, alpha=1 - self.dampening)
            each.slope.sub_(slope)
        values: Tensor = moving[0].state["values"]
        newton = self._projected(moving, [each.state["mean"] for each in moving], values.abs())
        before = [each.weight.clone() for each in moving]
        self.descend(gradients)
        steps = [each.weight - start for each, start in zip(moving, before, strict=True)]
        scale, alpha = self._scale(values), self.alpha * self._factor()
        for each, start, step, inside, other in zip(
            moving, before, steps, self._projected(moving, steps), newton, strict=True
        ):
            each.weight.copy_(start + self.axis.wide(scale, step) * (step - inside) - alpha * other)

    def _begin(self, moving: Moving) -> None:
        weight, _, state, _ = moving
        if not state:
            rows = self.axis.of(weight).flatten(1)
            state["steps"] = 0
            state["mean"] = torch.zeros_like(weight)
            state["vectors"], state["values"] = (
                rows.new_zeros(len(rows), 0, rows.shape[1]),
                rows.new_zeros(len(rows), 0),
            )
        state["steps"] += 1

    def _look(self, moving: Sequence[Moving], gradients: Gradients) -> None:
        """Find eigenvectors anew: each parameter keeps what they have of it."""
        weights = [each.weight for each in moving]
        sizes = [self.axis.of(w).flatten(1).shape[1] for w in weights]
        order = min(4 * (self.k + self.l), sum(sizes))
        high = min(self.k, order)
        low = min(self.l, order - high)

        def product(vectors: Tensor) -> Tensor:
            parts = {w: part.reshape(w.shape).to(w) for w, part in zip(weights, vectors.split(sizes, 1), strict=True)}
            with torch.enable_grad():
                return self._flat(gradients.products(parts).values())

        def drawn(i: int) -> Tensor:
            streams = [generator("fosi", seed, i) for seed in self.seeds]
            return self._flat(self.axis.normal(w, streams) for w in weights)

        values, vectors = eigenpairs(product, drawn, order)
        chosen = [*range(low), *range(order - high, order)]
        values, vectors = values[:, chosen], vectors[:, chosen]
        bent = values.abs() > FLAT * values.abs().amax(1, keepdim=True)
        for each, part in zip(moving, (vectors * bent[..., None]).split(sizes, 2), strict=True):
            each.state["values"], each.state["vectors"] = values.to(each.weight), part.to(each.weight)

    def _flat(self, tensors: Iterable[Tensor]) -> Tensor:
        """All of a seed's numbers (S, d), in float64."""
        return torch.cat([self.axis.of(t).flatten(1).double() for t in tensors], 1)

    def _projected(
        self, moving: Sequence[Moving], tensors: Sequence[Tensor], divisors: Tensor | None = None
    ) -> list[Tensor]:
        """What tensors in the shapes of the weights have along the eigenvectors, divided by a number (S, K) of each."""
        pairs = list(zip((each.state["vectors"] for each in moving), tensors, strict=True))
        shares = torch.stack([v @ self.axis.of(t).flatten(1)[..., None] for v, t in pairs]).sum(0)
        if divisors is not None:
            shares = shares / divisors.clamp(min=torch.finfo(divisors.dtype).tiny)[..., None]
        return [(v.mT @ shares).reshape(t.shape) for v, t in pairs]

    def _scale(self, values: Tensor) -> Tensor:
        """(S,) of the base's step."""
        high = min(self.k, values.shape[1])
        if not high:
            return values.new_ones(len(values))
        return (values[:, -1] / values[:, -high]).nan_to_num(1.0).clamp(1.0, self.clip)

    def _factor(self) -> float:
        """Of the schedule, on the base's learning rate and so on Newton's."""
        first, now = self.defaults["lr"], self.param_groups[0]["lr"]
        return float(now / first) if first else 1.0
