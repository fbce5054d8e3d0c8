"""Factors on the learning rate: the schedules of the zoo, and torch's."""

import torch

from runner.nodes.build import bind
from runner.training.restarts import restarting
from tests.zoo import node

EPOCHS, STEPS = 20, 5


def schedule(name, **changed):
    """Of one seed, of whose past nothing is known."""
    factor = restarting(bind("schedule", node(name, "schedule") | changed), (0,))
    return lambda t, epochs: float(factor(t, epochs, torch.zeros(1, 0)))


def step_by_step(name, **changed):
    """Before each step of all epochs."""
    factor = schedule(name, **changed)
    return [factor(epoch - 1 + i / STEPS, EPOCHS) for epoch in range(1, EPOCHS + 1) for i in range(1, STEPS + 1)]


def epoch_by_epoch(name, **changed):
    """One an epoch; the steps of an epoch share it."""
    factors = step_by_step(name, **changed)
    assert [factor for factor in factors[::STEPS] for _ in range(STEPS)] == factors
    return factors[::STEPS]


def torchs(make, count, **options):
    """The first factors of one of torch's schedulers, on a learning rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, found = make(optimizer, **options), []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found
