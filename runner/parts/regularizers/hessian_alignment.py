"""Hessian alignment: the head's gradients and curvatures are to be the same in all environments (Hemati et al.,
"Understanding Hessian Alignment for Domain Generalization", ICCV 2023; huawei-noah/Federated-Learning).

    penalty = weight * mean over environments e of (alpha ||c_e - c||^2 + beta ||g_e - g||^2)
    g_e: gradient, by the head's weights and biases, of the mean cross-entropy of environment e's examples in the batch
    c_e: hgp, H_e g_e, the Hessian's product with the gradient; diagonal, the diagonal of H_e
    g, c: the same of the mean of the environments' losses, constants to the gradient

A linear head has closed forms: g_e = mean of (p - onehot(y)) [f, 1]^T, with p = softmax(z) and features f. The released
code estimates the diagonal, which it calls Hutchinson, from 300 random vectors; here it is exact. As in its DomainBed,
g and c are constants. In its script for Colored MNIST they are not, and environments are summed, not averaged. For g,
and for c of the diagonal, being constants changes nothing. Of a head that is not linear, the gradients are those of a
linear map that is added to its logits and is 0. A batch also pays for the noise of its gradients: the smaller it
is, the more its penalty is above that of all examples, on average.

Args:
    weight: at least 0. 1 with the code's alpha and beta; Colored MNIST 91257 with alpha = beta = 1.
    alpha: of the curvatures, at least 0. The code's 0.0001; of the diagonal 0.001.
    beta: of the gradients, at least 0. The code's 0.005.
    anneal: share of the epochs in which the weight is 1, if it is larger, in [0, 1). DomainBed's 0; Colored MNIST's
        0.38.
    curvature: hgp or diagonal.

With weight = 0 it is no penalty, with alpha = 0 gradients alone are matched. Environments of the same examples pay 0.

>>> from torch import tensor, zeros
>>> from runner.data.loader import Batch
>>> made = HessianAlignment(tensor([0, 1]), weight=1.0, alpha=1.0, beta=1.0, anneal=0.0, curvature="hgp")
>>> nothing = zeros(2, 2)    # g_e = (-1/2, 1/2) and (1/2, -1/2) by the biases, H_e g_e = g_e / 2: 2/4 + 2/16
>>> made(nothing, nothing, Batch(nothing, tensor([0, 1]), tensor([0, 1]), {}))
tensor(0.6250)
>>> made(nothing, nothing, Batch(nothing, tensor([0, 0]), tensor([0, 1]), {}))
tensor(0.)
"""

from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from runner.parts.domains import OfDomains, annealed, mean_of_those_there, shares


class HessianAlignment(OfDomains):
    """Args: domain: see OfDomains; weight, alpha, beta, anneal, curvature: see above."""

    def __init__(
        self,
        domain: Tensor | None,
        *,
        weight: Annotated[float, "[0, inf)"],
        alpha: Annotated[float, "[0, inf)"],
        beta: Annotated[float, "[0, inf)"],
        anneal: Annotated[float, "[0, 1)"],
        curvature: Literal["hgp", "diagonal"],
    ):
        super().__init__(domain, weight)
        self.full = weight
        self.alpha = alpha
        self.beta = beta
        self.anneal = anneal
        self.curvature = _hessian_gradient if curvature == "hgp" else _diagonal

    def begin(self, epoch: int, epochs: int) -> None:
        self.weight = annealed(self.full, self.anneal, epoch, epochs)

    def penalty(self, features: Tensor, logits: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        p = logits.softmax(-1)
        seen = pad(features, (0, 1), value=1.0)  # the last one is the biases'
        of = _with_the_mean(members, p.dtype)
        gradient = _averages(of, (p - one_hot(labels, p.shape[-1]))[:, None], seen)
        curvature = self.curvature(of, p, seen, gradient)
        apart = self.alpha * _from_the_last(curvature) + self.beta * _from_the_last(gradient)
        return mean_of_those_there(apart, members)


def _with_the_mean(members: Tensor, dtype: torch.dtype) -> Tensor:
    """(B, E + 1): what each example has in the mean of an environment, and last in the mean of these means."""
    of = shares(members, dtype)
    there = (members.sum(0) > 0).to(dtype)
    return torch.cat([of, (of @ there / there.sum())[:, None]], 1)


def _averages(of: Tensor, by: Tensor, seen: Tensor) -> Tensor:
    """(E + 1, K, D + 1): means of the products of by (B, E + 1 or 1, K) with seen (B, D + 1)."""
    return torch.tensordot(of[..., None] * by, seen, ([0], [0]))


def _hessian_gradient(of: Tensor, p: Tensor, seen: Tensor, gradient: Tensor) -> Tensor:
    """(E + 1, K, D + 1) the products of Hessians with gradients (E + 1, K, D + 1)."""
    moved = torch.tensordot(seen, gradient, ([1], [2]))  # (B, E + 1, K), the logits along the gradient
    each = p[:, None]
    return _averages(of, each * (moved - (each * moved).sum(-1, keepdim=True)), seen)


def _diagonal(of: Tensor, p: Tensor, seen: Tensor, gradient: Tensor) -> Tensor:
    """(E + 1, K, D + 1) the diagonals of Hessians."""
    return _averages(of, (p * (1 - p))[:, None], seen.square())


def _from_the_last(each: Tensor) -> Tensor:
    """(E,) squared distances of (E + 1, K, D + 1) from the last, a constant."""
    return (each[:-1] - each[-1].detach()).square().sum((-2, -1))
