"""Wasserstein predictive coding: scores and penalty at the reference's values, and slopes that are the derivative."""

import json

import pytest
import torch

from runner.parts.methods.wpc import too_steep
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same, values
from tests.zoo import ROOT, make

CASE = json.loads((ROOT / "tests" / "values" / "methods" / "wpc.json").read_text())
SAID = ["method=wpc", *SUITS["wpc"], "model.activation=silu"]


def test_scores_and_penalty_are_the_reference_s():
    scores = torch.tensor(CASE["scores"], dtype=torch.float64)
    index = torch.arange(len(scores))
    found = make("infonce", num_train=5, num_classes=0)(scores, index[:, None], index)
    assert found.item() + torch.tensor(5.0).log().item() == pytest.approx(CASE["nce"], abs=1e-6)
    slopes = torch.tensor(CASE["gradients"], dtype=torch.float64).norm(dim=1)
    for sides in ("two", "one"):
        assert too_steep(slopes, sides).mean().item() == pytest.approx(CASE[sides], abs=1e-12)


def test_without_the_penalty_it_is_infonce_of_inner_products():
    objective, batch = first(*SAID, "method.penalty=0")
    method = objective.method
    z = method.projection(method.network.features(batch.x.flatten(0, 1))).unflatten(0, (-1, 2))
    scores = torch.einsum("id,jd->ij", z[:, 0], z[:, 1])
    expected = (
        torch.nn.functional.cross_entropy(scores, torch.arange(len(z))) - torch.tensor(float(len(z))).double().log()
    )
    near(method(batch), expected.expand(len(z)))


def test_slopes_are_of_each_pair_by_itself():
    objective, batch = first(*SAID)
    method, (one, other) = objective.method, batch.x.unbind(1)
    found = method._slopes(batch)
    for i in (0, 3):
        a, p = batch.draws["wpc_share"][i], batch.draws["wpc_places"][i]
        pair = torch.stack([one[i], a * other[i] + (1 - a) * other[p]]).requires_grad_()
        z = method.projection(method.network.features(pair))
        (slope,) = torch.autograd.grad(z[0] @ z[1], pair)
        near(found[i], slope.norm())


def test_the_penalty_is_trained_through_the_slope():
    objective, batch = first(*SAID)
    plain, _ = first(*SAID, "method.penalty=0")
    (losses, gradients), (expected, others) = values(objective, batch), values(plain, batch)
    near(
        losses - expected, (10 * too_steep(objective.method._slopes(batch), "two").mean()).expand(len(losses)).detach()
    )
    name = next(name for name in gradients if name.endswith("body.0.1.weight"))
    number, step = dict(objective.named_parameters())[name], 1e-6
    difference = []
    for sign in (1, -1):
        with torch.no_grad():
            number[0, 20] += sign * step
            difference.append(objective.method(batch).mean())
            number[0, 20] -= sign * step
    slope = (difference[0] - difference[1]) / (2 * step)
    assert slope.item() == pytest.approx(gradients[name][0, 20].item(), rel=1e-4, abs=1e-7)
    assert (gradients[name] - others[name]).abs().max() > 1e-6


def test_one_side_leaves_small_slopes_alone():
    same(too_steep(torch.tensor([0.0, 1.0]), "one"), torch.zeros(2))
