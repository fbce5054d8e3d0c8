"""MLC: memberships and coding rates at the reference's values, and what is minimised when."""

import json

import pytest
import torch

from runner.parts.methods.mlc import compressed, members, rate
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, values
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests" / "values" / "methods" / "mlc.json").read_text())
SAID = ["method=mlc", *SUITS["mlc"]]
Z, C, P = (torch.tensor(CASE[key], dtype=torch.float64) for key in ("z", "c", "members"))
STRENGTH = Z.shape[1] / CASE["eps2"]


def unit(embeddings):
    return torch.nn.functional.normalize(embeddings, dim=1)


def test_memberships_are_the_reference_s():
    torch.testing.assert_close(members(C, CASE["gamma"], 500), P, rtol=0, atol=1e-12)


def test_rates_are_the_reference_s():
    expansion, compression = rate(Z, STRENGTH), compressed(Z, P, STRENGTH)
    assert expansion.item() == pytest.approx(CASE["expansion"], abs=1e-12)
    assert compression.item() == pytest.approx(CASE["compression"], abs=1e-12)
    assert (expansion - compression).item() == pytest.approx(CASE["objective"], abs=1e-12)


def test_orthogonal_clusters_gain_and_one_cluster_gains_nothing():
    two = torch.eye(2, dtype=torch.float64)[[0, 0, 1, 1]]
    apart, alike = (members(c, 0.01, 50) for c in (two, two[[0, 0, 0, 0]]))
    gained = [(rate(two, 8.0) - compressed(two, p, 8.0)).item() for p in (apart, alike)]
    assert gained == pytest.approx([torch.tensor(25 / 9).log().item() / 2, 0.0])  # log det of 5 I less that of 1 and 9


def test_rows_of_memberships_sum_to_one_after_any_number_of_iterations():
    near(members(C, 0.05, 1).sum(1), torch.ones(len(C), dtype=torch.float64))


@pytest.mark.parametrize("warm_up", [0, 1])
def test_what_is_minimised(warm_up):
    objective, batch = first(*SAID, f"method.warm_up={warm_up}", "method.weight=3", "method.gamma=0.3")
    method, expected = objective.method, 0
    views = [method.network.features(view) for view in batch.x.unbind(1)]
    z = [unit(method.projection(view)) for view in views]
    for one, features in zip(z, views, strict=True):
        p = members(unit(method.clusters(features)), 0.3, 20)
        gained = rate(one, 8.0) - (0 if warm_up else compressed(one, p, 8.0))
        expected = expected - gained / 2
    near(method(batch), 3 * (z[0] - z[1]).square().sum(1) + expected)


def test_clusters_are_trained_after_the_warm_up_alone():
    objective, batch = first(*SAID, "method.warm_up=0.5")
    for epoch, trained in ((2, False), (3, True)):
        objective.method.begin(epoch, 4)
        _, gradients = values(objective, batch)
        assert any("clusters" in name for name in gradients) == trained
