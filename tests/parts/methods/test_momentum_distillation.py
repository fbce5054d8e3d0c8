"""Momentum distillation: the released code's number, the loss alone where alpha is 0, and teachers that follow."""

import json

import pytest
import torch
import torch.nn.functional as F

from losses.pairs.clip import CLIP
from runner.parts.methods.critics import halves
from runner.parts.methods.momentum_distillation import softly
from runner.parts.methods.slow import slowly
from tests.objectives import first, near, same
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "pairs" / "momentum_distillation.json").read_text())
SAID = ["dataset=halves", "batch_size=32", "model.width=16", "method.width=8"]


def begun(*more, epoch=2):
    objective, batch = first(*SAID, *more)
    objective.begin(epoch)
    return objective.method, batch


def embedded(method, batch):
    """Embeddings (B, W) of both sides, as training is told them."""
    return method.represent(torch.stack([batch.x[:, 0], batch.labels], 1)).chunk(2, dim=1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"alpha {case['alpha']}")
def test_reference_value(case):
    """Of similarities as they are given; below it is held that the method makes the same of embeddings."""
    similarity, slow = (torch.tensor(case[key], dtype=torch.float64) for key in ("similarity", "slow"))
    own = torch.arange(len(similarity))
    contrast = (F.cross_entropy(similarity, own) + F.cross_entropy(similarity.mT, own)) / 2
    distilled = (softly(similarity, slow) + softly(similarity.mT, slow.mT)).mean() / 2
    found = (1 - case["alpha"]) * contrast + case["alpha"] * distilled
    assert found.item() == pytest.approx(case["mean"], abs=1e-9)


@pytest.mark.parametrize("said", [("method.alpha=0", 2), ("method.alpha=0.4", 1)])
def test_without_alpha_and_in_the_first_epoch_it_is_the_loss_alone(said):
    method, batch = begun(said[0], epoch=said[1])
    same(method(batch), CLIP(temperature=0.07)(*embedded(method, batch), batch.index))


def test_it_is_the_cross_entropy_to_mixed_targets():
    """Of teachers that are the networks, for no step was taken."""
    method, batch = begun("method.alpha=0.3")
    one, other = (F.normalize(side, dim=1) for side in embedded(method, batch))
    similarity = one @ other.mT / 0.07
    mixed = [0.3 * rows.softmax(1) + 0.7 * torch.eye(32, dtype=rows.dtype) for rows in (similarity, similarity.mT)]
    there, back = (
        -(targets * rows.log_softmax(1)).sum(1)
        for targets, rows in zip(mixed, (similarity, similarity.mT), strict=True)
    )
    near(method(batch), (there + back) / 2)


def test_teachers_follow_by_the_momentum():
    method, batch = begun("method.momentum=0.75")
    (side, _), (x, _) = method._sides(), halves(batch.x)
    before = method.slow_embedding_0.clone()
    with torch.no_grad():
        method.embedding.weight.add_(1.0)
    method(batch)
    same(method.slow_embedding_0, before + 0.25)
    with torch.no_grad():
        expected = method.network.features(x) @ (before + 0.25).mT + method.slow_embedding_1
        near(slowly(method, side, 1.0, x), expected)


def test_no_gradient_goes_through_teachers():
    method, batch = begun("method.alpha=1", "method.momentum=0")
    one, other = (F.normalize(side, dim=1) for side in embedded(method, batch))
    similarity = one @ other.mT / 0.07
    slow = similarity.detach()
    expected = (softly(similarity, slow) + softly(similarity.mT, slow.mT)) / 2
    weights = [method.embedding.weight, method.second_embedding.weight]
    found = torch.autograd.grad(method(batch).sum(), weights)
    for ours, theirs in zip(found, torch.autograd.grad(expected.sum(), weights), strict=True):
        near(ours, theirs)


def test_sides_have_networks_of_their_own():
    method, batch = begun()
    assert not torch.equal(method.embedding.weight, method.second_embedding.weight)
    one, other = method.represent(batch.x).chunk(2, dim=1)
    changed = batch.x.clone()
    changed[:, 1] += 1
    again, moved = method.represent(changed).chunk(2, dim=1)
    same(one, again)
    assert (other != moved).any(1).all()
