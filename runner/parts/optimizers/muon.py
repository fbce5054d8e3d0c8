"""Muon: momentum whose matrices are made orthogonal.

    m <- momentum m + (1 - momentum) g,    n = momentum m + (1 - momentum) g with nesterov, else m
    U S V' = n,    o = U V', nearly:  five times x <- a x + b (x x') x + c (x x')^2 x  from x = n / ||n||
    w <- w - lr (sqrt(max(1, rows / columns)) o + weight_decay w)

Jordan et al., 2024, https://kellerjordan.github.io/posts/muon, code KellerJordan/Muon. With (a, b, c) = (3.4445,
-4.7750, 2.0315) the singular values of o end around 1, between about 0.5 and 1.5 as the authors say, and not at it. The
authors' code iterates in bfloat16; here it is the precision of the parameters. A convolution is a matrix
(out, in * height * width), and rows and columns are those of this matrix; the newest released code takes the sides of
its filters instead.

Biases and normalisations are moved by AdamW, with a learning rate of its own, as the authors do. They also give
embeddings of the input and the output layer to AdamW. Here weights have no names, so every matrix is made orthogonal.
Values: lr 0.02, momentum 0.95, no decay; of AdamW lr 3e-4, betas 0.9 and 0.95, eps 1e-10.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch import Tensor

from runner.contracts.optimizer import Gradients, Moving, StackOptimizer
from runner.parts.optimizers._adam import adam_direction

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
TINY = 1e-7  # a matrix of zeros has no direction


class Muon(StackOptimizer):
    """Orthogonalised momentum for matrices, AdamW for the rest.

    Args:
        lr: of matrices: the spectral norm of a step.
        momentum: share of past gradients.
        nesterov: is the new gradient counted once more?
        iterations: towards an orthogonal matrix.
        weight_decay: decoupled, of all weights.
        adam_lr: learning rate of AdamW; a schedule is a factor on both.
        adam_beta1, adam_beta2, adam_eps: its other numbers.
    """

    def __init__(
        self,
        params: Any,
        seeds: Sequence[int],
        *,
        lr: Annotated[float, "[0, inf)"],
        momentum: Annotated[float, "[0, 1)"],
        nesterov: bool,
        iterations: Annotated[int, "[0, 10000]"],
        weight_decay: Annotated[float, "[0, inf)"],
        adam_lr: Annotated[float, "[0, inf)"],
        adam_beta1: Annotated[float, "[0, 1)"],
        adam_beta2: Annotated[float, "[0, 1)"],
        adam_eps: Annotated[float, "[0, inf)"],
    ):
        super().__init__(params, seeds, {"lr": lr, "weight_decay": weight_decay})
        self._split(adam_lr)
        self.momentum = momentum
        self.nesterov = nesterov
        self.iterations = iterations
        self.adam = (adam_beta1, adam_beta2, adam_eps)

    @torch.no_grad()
    def step(self, gradients: Gradients) -> None:  # type: ignore[override]
        for each in self.moving():
            turn = self._orthogonal(each) if self.axis.dim(each.weight) > 1 else adam_direction(each, *self.adam)
            each.weight.mul_(1 - each.group["lr"] * each.group["weight_decay"]).sub_(each.group["lr"] * turn)

    def _split(self, adam_lr: float) -> None:
        """Let matrices be one group, and the rest another with a learning rate of its own."""
        parameters = [p for group in self.param_groups for p in group["params"]]
        self.param_groups = [
            self.param_groups[0] | {"params": [p for p in parameters if (self.axis.dim(p) > 1) == wide], "lr": rate}
            for wide, rate in ((True, self.defaults["lr"]), (False, adam_lr))
        ]

    def _orthogonal(self, each: Moving) -> Tensor:
        mean = each.state.setdefault("mean", torch.zeros_like(each.weight))
        mean.lerp_(each.slope, 1 - self.momentum)
        matrices = self.axis.matrices(each.slope.lerp(mean, self.momentum) if self.nesterov else mean)
        _, rows, columns = matrices.shape
        return self.axis.placed(orthogonal(matrices, self.iterations), each.weight) * max(1, rows / columns) ** 0.5


def orthogonal(matrices: Tensor, iterations: int) -> Tensor:
    """Nearly U V' of matrices U S V', (S, rows, columns): a Newton-Schulz iteration of fifth order."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / x.flatten(1).norm(dim=1)[:, None, None].clamp(min=TINY)
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
