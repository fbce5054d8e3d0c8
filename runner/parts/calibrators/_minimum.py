"""The minimum of a smooth function of a few numbers, by scipy's L-BFGS-B."""

from collections.abc import Callable
from typing import Any

import torch
from scipy.optimize import minimize
from torch import Tensor

EXACT = {"ftol": 0.0, "gtol": 1e-10, "maxiter": 10_000, "maxfun": 100_000}


def minimum(objective: Callable[[Tensor], Tensor], start: Tensor, bound: float | None = None) -> Tensor:
    """(P,) where an objective, of numbers (P,) float64 on the CPU to (), is least near `start`.

    Args:
        bound: the largest absolute value of a number, None for any.

    >>> minimum(lambda x: (x - 3).square().sum(), torch.zeros(2, dtype=torch.float64), bound=2.0)
    tensor([2., 2.], dtype=torch.float64)
    """

    def value_and_gradient(numbers: Any) -> tuple[float, Any]:
        with torch.enable_grad():
            x = torch.from_numpy(numbers).requires_grad_()
            value = objective(x)
            (gradient,) = torch.autograd.grad(value, x)
        return value.item(), gradient.numpy()

    bounds = None if bound is None else [(-bound, bound)] * len(start)
    found = minimize(value_and_gradient, start.numpy(), jac=True, method="L-BFGS-B", bounds=bounds, options=EXACT)
    return torch.from_numpy(found.x)
