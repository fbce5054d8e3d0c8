"""The order of two examples: the laws of a set, the released values, and what does not count."""

import json
from math import sqrt

import pytest
import torch

from runner.catalog.example_batches import B, D
from runner.catalog.loss_laws import laws_for, laws_of
from tests.losses.regression.examples import examples, make
from tests.zoo import ROOT, node

CASE = json.loads((ROOT / "tests" / "values" / "regression" / "rank_fidelity.json").read_text())


@pytest.mark.parametrize("law", laws_for("regression", "set"))
def test_law(law):
    laws_of(node("rank_fidelity"), "regression")[law]()


@pytest.mark.parametrize("pair", range(len(CASE["per_pair"])))
def test_reference_value_of_a_pair(pair):
    """A batch of two, whose deviations count as the sum of their squares."""
    predicted, true, errors = ([CASE[f"{what}_{side}"][pair] for side in "ab"] for what in ("pred", "true", "true_std"))
    scale = sqrt((errors[0] ** 2 + errors[1] ** 2) / 2)
    f, y = (torch.tensor(two, dtype=torch.float64)[:, None] for two in (predicted, true))
    found = make("rank_fidelity", scale=scale)(f, y, torch.arange(2))
    assert found.item() == pytest.approx(CASE["per_pair"][pair], abs=1e-7)


def test_a_batch_is_the_mean_of_its_pairs_and_targets():
    f, y, index = (t.detach() for t in examples("rank_fidelity")(dtype=torch.float64))
    loss = make("rank_fidelity")
    pairs = [[i, j] for j in range(B) for i in range(j)]
    of_pairs = [loss(f[pair, d : d + 1], y[pair, d : d + 1], index[:2]) for d in range(D) for pair in pairs]
    torch.testing.assert_close(loss(f, y, index), torch.stack(of_pairs).mean())


def test_where_predictions_lie_does_not_count():
    f, y, index = examples("rank_fidelity")(dtype=torch.float64)
    loss = make("rank_fidelity")
    torch.testing.assert_close(loss(f + 7, y, index), loss(f, y, index))


def test_one_example_has_no_order():
    assert make("rank_fidelity")(torch.ones(1, 2), torch.zeros(1, 2), torch.tensor([0])).item() == 0
