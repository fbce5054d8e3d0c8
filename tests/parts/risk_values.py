"""Risks by themselves: their values, and the weights that they give to losses."""

import torch
from torch import nn, tensor

from runner.nodes.build import build
from runner.objective.objective import Objective
from runner.stack.stack import Stack
from tests.zoo import node

LOSSES = tensor([0.3, 2.0, 0.1, 1.2, 0.7, 0.05, 3.1], dtype=torch.float64)


def risk(name, said=None, **given):
    return build("risk", node(name, "risk") | (said or {}), **given)


def spectral(kind, parameter, smoothing=0.0):
    return risk("spectral", {"kind": kind, "parameter": parameter, "smoothing": smoothing})


def slopes(made, losses, batch=None):
    """The value of a risk, and its gradient by the losses."""
    losses = losses.clone().requires_grad_()
    value = made(losses, batch)
    return value.detach(), torch.autograd.grad(value, losses)[0]


class Linear(nn.Module):
    """Losses with the given rows as gradients: offsets + rows @ w."""

    def __init__(self, rows, offsets):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(rows.shape[1], dtype=rows.dtype))
        self.idle = nn.Parameter(torch.zeros(3))  # of no use to any loss
        self.rows, self.offsets = rows, offsets

    def forward(self, batch):
        return self.offsets + self.rows @ self.w


def stepped(name, rows, offsets, said):
    """An objective of linear losses under a risk, and its gradient."""
    method = Linear(tensor(rows, dtype=torch.float64), tensor(offsets, dtype=torch.float64))
    objective = Objective(method, risk(name, said, method=method).double(), 1)
    objective_value, (gradient, idle) = Stack([objective])._differentiated(tensor([[0.0]]))
    assert idle is None
    return objective, objective_value[0], gradient
