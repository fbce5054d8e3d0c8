"""Supervised dictionary learning: its objective and gradients beside the released solver's, its limits, refusals."""

import json

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.parts.methods.sdl import SDL, beyond
from tests.objectives import cell_of, first, near, same
from tests.parts.flat_network import batch_of, parts
from tests.zoo import ROOT

X = torch.linspace(-2, 2, 20, dtype=torch.float64).view(4, 5).sin()
Y = [0, 1, 2, 1]


def method(features=5, classes=3, **changed):
    network, loss, none = parts(features, classes)
    return SDL(network, loss, none, (features,), classes, **{"rank": 2, "xi": 0.5} | changed).double()


@pytest.mark.parametrize(("wrong", "allowed"), [("rank=0", r"\[1, 1000000\]"), ("xi=-1", r"\[0, inf\)")])
def test_arguments_out_of_range_are_refused(wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of("method=sdl", f"method.{wrong}")


def test_more_directions_than_features_are_refused():
    with pytest.raises(ConfigError, match=r"method .*SDL.*: rank=9: must be at most 8, the number of features"):
        first("method=sdl", "model=linear", "method.rank=9")


def test_the_objective_is_the_papers_at_the_best_codes():
    made = method()
    w = made.filters.weight.T
    codes = torch.linalg.lstsq(w, X.T).solution
    logits = X @ w @ made.classifier.weight.T + made.classifier.bias
    left = (X.T - w @ codes).square().sum(0)
    near(made(batch_of(X, Y)), F.cross_entropy(logits, torch.tensor(Y), reduction="none") + 0.5 * left)
    near(made.predict(X), logits)


class Lifted:
    """The released solver: descent on A = W v (p, 1), B = W H (p, n) and b, and the nearest [A, B] of rank r."""

    def __init__(self):
        case = json.loads((ROOT / "tests/values/methods/sdl_filter_lifted_pgd.json").read_text())
        given, self.expected = case["inputs"], case["expected"]["steps"]
        self.xi, self.nu, self.tau, self.rank = (given[k] for k in ("xi", "nu", "tau", "r"))
        numbers = (torch.tensor(given[k], dtype=torch.float64) for k in ("X", "y", "A0", "B0", "beta0"))
        self.x, self.y, self.a, self.b, self.bias = numbers

    def loss(self, a, b, bias):
        logit = a.T @ self.x + bias
        nll = F.binary_cross_entropy_with_logits(logit, self.y, reduction="sum")
        return nll + self.xi * (self.x - b).square().sum()

    def ridge(self, a, bias):
        return self.nu / 2 * (a.square().sum() + bias.square().sum())

    def step(self):
        at = [number.requires_grad_() for number in (self.a, self.b, self.bias)]
        slopes = torch.autograd.grad(self.loss(*at) + self.ridge(self.a, self.bias), at)
        a, b, self.bias = (number.detach() - self.tau * slope for number, slope in zip(at, slopes, strict=True))
        u, s, v = torch.linalg.svd(torch.cat([a, b], 1), full_matrices=False)
        self.columns = u[:, : self.rank]
        self.a, self.b = ((self.columns * s[: self.rank]) @ v[: self.rank]).split([1, b.shape[1]], 1)


def test_the_released_solver_ends_where_we_do():
    """Its stored iterates are met; where it comes to rest our objective is its own, and our gradient is 0."""
    solver = Lifted()
    for expected in solver.expected:
        solver.step()
        near(solver.a, torch.tensor(expected["A"], dtype=torch.float64))
        near(solver.bias, torch.tensor(expected["beta"], dtype=torch.float64))
        assert solver.loss(solver.a, solver.b, solver.bias).item() == pytest.approx(expected["loss"], abs=1e-9)
    for _ in range(5000):
        solver.step()
    made = method(classes=2, rank=solver.rank, xi=solver.xi)
    with torch.no_grad():
        made.filters.weight.copy_(solver.columns.T)
        made.classifier.weight.copy_(torch.stack([torch.zeros(2), (solver.columns.T @ solver.a)[:, 0]]))
        made.classifier.bias.copy_(torch.stack([torch.zeros(()), solver.bias[0, 0]]))
    total = made(batch_of(solver.x.T, solver.y[0].long().tolist())).sum()
    near(total, solver.loss(solver.a, solver.b, solver.bias))
    apart = made.classifier.weight[1] - made.classifier.weight[0]
    ridge = solver.ridge(made.filters.weight.T @ apart, made.classifier.bias.diff())
    trained = [*made.filters.parameters(), *made.classifier.parameters()]
    alone = torch.autograd.grad(total, trained, retain_graph=True)
    assert max(slope.abs().max() for slope in alone) > 1e-3  # the penalty, the optimizer's here, holds it back
    for slope in torch.autograd.grad(total + ridge, trained):
        assert slope.abs().max() < 1e-6


def test_without_a_price_it_is_logistic_regression_of_that_rank():
    made = method(xi=0.0)
    losses, weight = made(batch_of(X, Y)), made.classifier.weight @ made.filters.weight
    assert torch.linalg.matrix_rank(weight) == 2
    plain = F.cross_entropy(F.linear(X, weight, made.classifier.bias), torch.tensor(Y), reduction="none")
    same(losses, plain)
    trained = [made.filters.weight, made.classifier.weight]
    for ours, theirs in zip(*(torch.autograd.grad(l.sum(), trained) for l in (losses, plain)), strict=True):
        same(ours, theirs)


def test_as_many_directions_as_features_leave_nothing():
    near(method(rank=5)(batch_of(X, Y)), method(rank=5, xi=0.0)(batch_of(X, Y)))


def test_the_best_directions_for_reconstruction_are_the_principal_ones():
    """What is left is the rest of the squared singular values, and the gradient is 0."""
    x = torch.randn(30, 5, dtype=torch.float64)
    _, s, v = torch.linalg.svd(x, full_matrices=False)
    directions = (torch.tensor([[2.0, 1.0], [0.5, 3.0]]).double() @ v[:2]).requires_grad_()
    left = beyond(x, directions).sum()
    near(left, s[2:].square().sum())
    assert torch.autograd.grad(left, directions)[0].abs().max() < 1e-9
    assert beyond(x, torch.eye(5, dtype=torch.float64)[:2]).sum() > left
