"""The gradient of each example."""

import torch

from runner.parts.risks.jacobian import jacobian
from tests.objectives import first, same


def test_gradients_of_examples_are_those_of_each_alone():
    objective, batch = first("model.norm=batch", "batch_size=5")
    parameters = list(objective.method.parameters())
    losses = objective.method(batch)
    together = torch.cat(jacobian(losses, parameters), dim=1)
    for loss, row in zip(losses, together, strict=True):
        one = torch.autograd.grad(loss, parameters, retain_graph=True)
        same(row, torch.cat([g.flatten() for g in one]))
