"""The small problems on which reference values were computed, as an optimizer sees them: one seed, float64."""

import json

import torch
from torch import nn

from runner.contracts.optimizer import StackOptimizer
from runner.training.optimizer import optimizer_of
from tests.zoo import ROOT, node

VALUES = {file.stem: json.loads(file.read_text()) for file in (ROOT / "tests/values/optimizers").glob("*.json")}


class Problem:
    """Attributes: w: the parameter, from w0. Every batch is the whole objective."""

    def __init__(self, inputs):
        self.w = nn.Parameter(
            torch.tensor(inputs[next(name for name in ("w0", "x0", "W0") if name in inputs)], dtype=torch.float64)
        )
        self.objective = objective_of(inputs)

    def __len__(self):
        return 1

    def __call__(self, i=0):
        value = self.objective(self.w)
        (self.w.grad,) = torch.autograd.grad(value, self.w)
        return value.detach()[None]

    def value(self, i=0):
        return self.objective(self.w).detach()[None]

    def products(self, vectors, i=0):
        (slope,) = torch.autograd.grad(self.objective(self.w), self.w, create_graph=True)
        return {self.w: torch.autograd.grad((slope * vectors[self.w]).sum(), self.w)[0]}


class Linear(Problem):
    """Of several classes, whose outputs can be asked for."""

    def __init__(self, inputs):
        super().__init__(inputs)
        self.x, self.y = torch.tensor(inputs["X"], dtype=torch.float64), torch.tensor(inputs["y"])

    def outputs(self, i=0):
        return (self.x @ self.w)[None].detach()

    def slopes(self, outputs, i=0):
        outputs = outputs.detach().requires_grad_()
        return torch.autograd.grad(nn.functional.cross_entropy(outputs[0], self.y), outputs)[0]

    def pull(self, function, i=0):
        value = function((self.x @ self.w)[None])
        (self.w.grad,) = torch.autograd.grad(value.sum(), self.w)
        return value.detach()


def objective_of(inputs):
    """A parabola, or a mean logistic loss of two classes or of several."""
    names = [name for name in ("A", "b", "X") if name in inputs]
    known = {name: torch.tensor(inputs[name], dtype=torch.float64) for name in names}
    if "A" in known:
        return lambda w: w @ known["A"] @ w / 2 - known["b"] @ w
    y = torch.tensor(inputs["y"])
    if y.is_floating_point():
        return lambda w: nn.functional.softplus(-(2 * y - 1) * (known["X"] @ w)).mean()
    return lambda w: nn.functional.cross_entropy(known["X"] @ w, y)


def expected(case):
    """The parameter after each step, as another program found it."""
    found = case["expected"]
    return torch.tensor(next(found[key] for key in ("w", "x", "W") if key in found), dtype=torch.float64)


def iterates(case, name, **changed):
    """The parameter after each step of the optimizer that conf/ has by this name, (steps, ...).

    Args:
        changed: of its arguments.
    """
    inputs = case["inputs"]
    problem = (Linear if "W0" in inputs else Problem)(inputs)
    optimizer = optimizer_of(node(name, "optimizer") | changed, [problem.w], [0])
    found = []
    for _ in range(inputs["steps"]):
        problem()
        optimizer.step(problem) if isinstance(optimizer, StackOptimizer) else optimizer.step()
        found.append(problem.w.detach().clone())
    return torch.stack(found)
