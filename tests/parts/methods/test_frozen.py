"""A network that stays as it was drawn: what moves and what does not."""

import torch

from runner.catalog.objective_laws import descended
from tests.objectives import built, first, same, values
from tests.zoo import make


def test_losses_are_those_of_erm():
    frozen, batch = first("method=frozen")
    plain, _ = first()
    same(frozen.method(batch), plain.method(batch))


def test_the_head_alone_has_a_gradient():
    objective, batch = first("method=frozen")
    _, gradients = values(objective, batch)
    assert {name.split(".")[2] for name in gradients} == {"head"}


def test_it_is_logistic_regression_on_features_that_stay():
    objective, batch = first("method=frozen")
    features = objective.method.network.features(batch.x)
    logits = objective.method.network.head(features.detach())
    same(objective.method(batch), make("ce", num_train=8, num_classes=4)(logits, batch.labels, batch.index))


def test_the_body_is_bit_for_bit_what_was_drawn():
    copies, loader = built("method=frozen")
    before = {name: number.clone() for name, number in copies[0].named_parameters()}
    descended(copies, loader, 3)
    moved = {name for name, number in copies[0].named_parameters() if not torch.equal(number, before[name])}
    assert moved
    assert all(".head." in name for name in moved)
