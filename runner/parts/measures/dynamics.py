"""How features of states and of the next ones are measured: by the operator between them, and by what they forecast."""

from collections.abc import Mapping
from itertools import permutations

import torch
from torch import Tensor

from runner.contracts.measures import Examples
from runner.parts.measures._features import OfFeatures, Outcomes
from runner.parts.measures._known import all_known
from runner.tasks.declared.dynamics import LEADING

PARTS = ("real", "imaginary")  # of an eigenvalue
RIDGE = 1e-6  # of the mean variance of a feature; ours
SMALLEST = 1e-12  # where no feature varies
ALIKE = 9  # digits in which moduli of a conjugate pair are the same


class Dynamics(OfFeatures):
    """Features (S, M, 2 W) are those of the state and those of the next one.

    EDMD fits the next features to those of now, with a constant, by ridge regression on the training examples: K =
    (C_x + r I)^-1 C_xy of centred features (Williams, Kevrekidis and Rowley, "A Data-Driven Approximation of the
    Koopman Operator", Journal of Nonlinear Science, 2015).

    Args:
        optimum: what is known of the data set: real_1, imaginary_1, ... of the leading eigenvalues, if they are.
    """

    def __init__(self, optimum: Mapping[str, float]):
        parts = [[optimum.get(f"{part}_{k}", torch.nan) for part in PARTS] for k in range(1, LEADING + 1)]
        self.truth = torch.view_as_complex(torch.tensor(parts, dtype=torch.float64))

    def fit(self, training: Examples, validation: Examples | None) -> None:
        """The operator, and a forecast of the next state that is linear in the features of now."""
        now, after = training.seen.features.double().chunk(2, dim=2)
        self.known = training.seen.known.all(1)
        targets = training.targets.double()
        self.mean, self.mean_target = now.mean(1, keepdim=True), targets.mean(1, keepdim=True)
        centred = now - self.mean
        cov = centred.mT @ centred / centred.shape[1]
        ridge = (RIDGE * cov.diagonal(dim1=1, dim2=2).mean(1)).clamp(min=SMALLEST)
        wanted = torch.cat([after - after.mean(1, keepdim=True), targets - self.mean_target], dim=2)
        both = torch.linalg.solve(
            cov + ridge[:, None, None] * torch.eye(cov.shape[1], dtype=cov.dtype, device=cov.device),
            centred.mT @ wanted / centred.shape[1],
        )
        self.eigenvalues = leading(torch.linalg.eigvals(both[..., : now.shape[2]]))
        self.forecast = both[..., now.shape[2] :]

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """real_k and imaginary_k: the k-th largest eigenvalue by modulus of the operator that the training examples
        gave, the same for all examples; eigenvalue_error: the mean distance of these from the true ones, paired as is
        best; forecast_rmse: of the next state, from features of now, over examples and coordinates."""
        now = seen.features.double().chunk(2, dim=2)[0]
        forecast = (now - self.mean) @ self.forecast + self.mean_target
        found = {
            "eigenvalue_error": distance(self.eigenvalues, self.truth.to(self.eigenvalues.device)),
            "forecast_rmse": (forecast - targets).square().mean((1, 2)).sqrt(),
        }
        for k, value in enumerate(self.eigenvalues.unbind(1), 1):
            found |= dict(zip((f"{part}_{k}" for part in PARTS), (value.real, value.imag), strict=True))
        return all_known(found, seen.known.all(1) & self.known)


def leading(values: Tensor) -> Tensor:
    """(S, W) complex -> (S, LEADING), those with the largest moduli first and of a conjugate pair the one above the
    real axis; 0 where there are too few.

    >>> leading(torch.tensor([[0.5 - 0.5j, 0.9, 0.5 + 0.5j, 0.1]]))
    tensor([[0.9000+0.0000j, 0.5000+0.5000j, 0.5000-0.5000j]])
    """
    lacking = max(LEADING - values.shape[1], 0)
    values = torch.cat([values, values.new_zeros(len(values), lacking)], dim=1)
    values = values.gather(1, values.imag.argsort(dim=1, descending=True, stable=True))
    order = values.abs().round(decimals=ALIKE).argsort(dim=1, descending=True, stable=True)
    return values.gather(1, order[:, :LEADING])


def distance(values: Tensor, truth: Tensor) -> Tensor:
    """(S,) the mean modulus of the differences of values (S, n) from the truth (n,), paired so that it is least.

    >>> distance(torch.tensor([[0.1 + 0j, 0.5]]), torch.tensor([0.5, 0.0 + 0j]))
    tensor([0.0500])
    """
    orders = torch.tensor(list(permutations(range(len(truth)))), device=values.device)
    return (values[:, orders] - truth).abs().mean(2).amin(1)
