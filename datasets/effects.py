"""Effects of a treatment, made up: what it does to each example, and what a study would see of it."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from datasets.numbers import Parts, split_of
from datasets.split import Split

INPUTS = 4


def effects(
    *,
    num_train: Annotated[int, "[2, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    noise: Annotated[float, "[0, inf)"],
    nuisance: Literal["known", "weighting"],
    missing: Annotated[float, "[0, 1)"],
    task: Literal["regression"],
) -> Split:
    """The target for training is the pseudo-outcome of each example, whose mean given the inputs is the effect; the
    target for testing is the effect itself, which no study sees. So the best rmse on test examples is 0.

    x in [-1, 1]^4, uniform. The effect is tau(x) = 1 + x1 + 2 max(x2, 0); without a treatment the mean outcome is
    mu0(x) = x1 + x3^2, with it mu0 + tau. An example is treated with probability 1 / (1 + exp(-1.5 x1)). The functions
    are ours.

    Source of pseudo-outcomes: E. Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects",
    Electronic Journal of Statistics, 2023 (arXiv:2004.14497).

    Args:
        num_train: N.
        num_test: M.
        noise: standard deviation of an outcome, in its own unit.
        nuisance: what a pseudo-outcome takes for the mean outcomes: known, the true ones; weighting, 0, which leaves
            inverse propensity weights, of a much larger variance. Propensities are the true ones, as in a trial.
        missing: share of the cells of inputs that are missing; see numbers.py.
        task: what is asked.
    """
    draw = torch.Generator().manual_seed(0)
    x = 2 * torch.rand(num_train + num_test, INPUTS, generator=draw, dtype=torch.float64) - 1
    tau, mu0 = 1 + x[:, 0] + 2 * x[:, 1].clamp(min=0), x[:, 0] + x[:, 2].square()
    propensity = (1.5 * x[:, 0]).sigmoid()
    treated = (torch.rand(len(x), generator=draw, dtype=torch.float64) < propensity).double()
    outcome = mu0 + treated * tau + noise * torch.randn(len(x), generator=draw, dtype=torch.float64)
    means = (mu0, mu0 + tau) if nuisance == "known" else (torch.zeros_like(tau), torch.zeros_like(tau))
    seen = pseudo_outcome(treated, outcome, *means, propensity)
    x, y, effect = x.float(), seen.float()[:, None], tau.float()[:, None]
    parts = Parts(x[:num_train], y[:num_train], x[num_train:], effect[num_train:])
    return split_of(parts, missing=missing, task=task, optimum={"rmse": 0.0})


def pseudo_outcome(treated: Tensor, outcome: Tensor, mu0: Tensor, mu1: Tensor, propensity: Tensor) -> Tensor:
    """mu1 - mu0 + (a - e) / (e (1 - e)) * (y - mu_a), each (N,): with right propensities e, or right means mu, its mean
    is the effect of the treatment a in {0, 1} on the outcome y."""
    mean = torch.where(treated > 0, mu1, mu0)
    return mu1 - mu0 + (treated - propensity) / (propensity * (1 - propensity)) * (outcome - mean)
