"""Sharpness: the largest eigenvalue of the Hessian of the mean training loss in all numbers of the network.

Gradient descent of all examples with a fixed learning rate, without momentum, cannot settle where the sharpness is
above 2 / rate, the largest that a quadratic loss is stable at. Cohen et al., "Gradient Descent on Neural Networks
Typically Occurs at the Edge of Stability", ICLR 2021 (arXiv:2103.00065), find that it rises to that value in training
and then stays near it.

    sharpness = max_v v'Hv / v'v,    stable_rate = 2 / sharpness,
    nearness = min(sharpness * rate / 2, 2 / (sharpness * rate)),    1 at the edge, 0 for a Hessian without curvature

By Lanczos' method, from products of the Hessian with vectors in float64. The loss is without regularizers and without
weight decay, which add their own curvature. Momentum b makes the edge 2 (1 + b) / rate, which nearness leaves aside.
"""

import copy
from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor, nn

from runner.contracts.probe import Examples, Probed
from runner.parts.optimizers._lanczos import eigenpairs

METRICS = {
    "sharpness": ("lower", "(0, inf)", ""),
    "stable_rate": ("higher", "(0, inf)", ""),
    "nearness": ("higher", "[0, 1]", ""),
}


def sharpness(
    seen: Probed,
    *,
    examples: Annotated[int, "[1, inf)"],
    products: Annotated[int, "[1, 1000]"],
    tolerance: Annotated[float, "(0, 1)"],
    rate: Annotated[float, "(0, inf)"],
) -> dict[str, float]:
    """The sharpness, the largest learning rate that it allows, and how near it is to the edge of `rate`.

    Args:
        examples: training examples at most; where there are more, so many are drawn.
        products: of the Hessian with a vector, at most.
        tolerance: of the largest eigenvalue, the error of H v - sharpness * v that is let pass.
        rate: the learning rate of training.
    Raises:
        ValueError: the products do not suffice, or no direction curves upwards.
    """
    product, size = hessian(seen, some(seen, examples))
    order = min(products, size)
    values, vectors = eigenpairs(product, lambda _: _drawn(seen, size), order)
    value, vector = values[:, -1:], vectors[:, -1]
    left = float((product(vector) - value * vector).norm() / value.abs())
    if not left <= tolerance:
        raise ValueError(f"after probe.products={order} an error of {left:.1e} of the largest eigenvalue is left")
    top = float(value)
    if top <= 0:
        raise ValueError(f"the largest eigenvalue is {top:.3g}: the loss curves upwards in no direction")
    return {"sharpness": top, "stable_rate": 2 / top, "nearness": min(top * rate / 2, 2 / (top * rate))}


def some(seen: Probed, most: int) -> Examples:
    """Training examples in float64, so many of them where there are more."""
    place = torch.arange(len(seen.training.x))
    if len(place) > most:
        place = torch.as_tensor(seen.draws.permutation(len(place))[:most])
    x, targets, true = (each[place] for each in seen.training)
    return Examples(x.double(), targets, true)


def hessian(seen: Probed, examples: Examples) -> tuple[Callable[[Tensor], Tensor], int]:
    """The Hessian's product with vectors (1, d), and d: of the mean loss, in all parameters in their order."""
    network: nn.Module = copy.deepcopy(seen.network).double().requires_grad_(True)
    numbers = list(network.parameters())
    loss = seen.loss(network(examples.x), examples)
    slope = _flat(torch.autograd.grad(loss, numbers, create_graph=True, materialize_grads=True))

    def product(vector: Tensor) -> Tensor:
        along = (slope * vector[0]).sum()
        return _flat(torch.autograd.grad(along, numbers, retain_graph=True, materialize_grads=True))[None]

    return product, len(slope)


def _flat(parts: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([part.reshape(-1) for part in parts])


def _drawn(seen: Probed, size: int) -> Tensor:
    return torch.as_tensor(seen.draws.standard_normal((1, size)))
