"""BYOL: how its teacher moves, and what it is where the teacher is the network."""

import pytest
import torch

from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same, values
from tests.zoo import make

SAID = ["method=byol", *SUITS["byol"], "method.hidden=16"]


def embedded(method, x):
    return method.projection(method.network.features(x))


def test_a_teacher_without_momentum_is_the_network():
    objective, batch = first(*SAID, "method.momentum=0")
    method, loss = objective.method, make("cosine", num_train=8, num_classes=4)
    z = embedded(method, batch.x.flatten(0, 1))
    p, z = (each.unflatten(0, (-1, 2)) for each in (method.predictor(z), z))
    one, two = (loss(p[:, i], z[:, 1 - i], batch.index) for i in (0, 1))
    same(method(batch), (one + two) / 2)


def test_the_teacher_moves_as_if_at_the_end_of_each_step():
    """Three steps: teachers that are moved once a step is taken, the paper's order, give the same losses."""
    objective, batch = first(*SAID, "method.momentum=0.7")
    other, _ = first(*SAID, "method.momentum=1")
    theirs = other.method
    trained = [*theirs.network.body.parameters(), *theirs.projection.parameters()]
    kept = [
        getattr(theirs, f"{part}_{i}") for part, module in theirs._parts() for i, _ in enumerate(module.parameters())
    ]
    for _ in range(3):
        (losses, slopes), (expected, others) = values(objective, batch), values(other, batch)
        near(losses, expected)
        with torch.no_grad():
            for each, gradients in ((objective, slopes), (other, others)):
                for name, number in each.named_parameters():
                    number.sub_(0.1 * gradients.get(name, torch.zeros(())))
            for number, now in zip(kept, trained, strict=True):
                number.mul_(0.7).add_(0.3 * now)


def test_momentum_grows_to_one_by_a_cosine():
    objective, _ = first(*SAID, "method.momentum=0.9")
    found = []
    for epoch in (1, 6, 10):
        objective.method.begin(epoch, 10)
        found.append(objective.method.present)
    assert found == pytest.approx([0.9, 0.95, 1 - 0.1 * (1 - 0.9510565162951535) / 2])


def test_no_gradient_is_of_the_teacher_and_statistics_stay_the_networks():
    objective, batch = first(*SAID, "model.norm=batch")
    _, gradients = values(objective, batch)
    assert not any("head" in name for name in gradients)
    twin, _ = first(*SAID, "model.norm=batch")
    twin.method.network.features(batch.x.flatten(0, 1))
    for ours, theirs in zip(objective.method.network.buffers(), twin.method.network.buffers(), strict=True):
        same(ours, theirs)
