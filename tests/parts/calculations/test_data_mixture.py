"""Mixtures of data experts: the loss by hand and its gradient, least squares that leave one out, and networks."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.data_mixture import data_mixture, left_out, mixture_losses, stationary, trained
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "language" / "data_mixture.json").read_text())
SIZES = {
    "domains": 3, "symbols": 6, "shared": 0.5, "mixtures": 12, "pairs": 2000, "width": 3, "steps": 60, "lr": 0.05,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_loss_of_a_mixture_and_its_gradient(case):
    p = torch.tensor(case["inputs"]["expert_token_probabilities"], dtype=torch.float64)
    rates = torch.tensor(case["inputs"]["rates"], dtype=torch.float64, requires_grad=True)
    loss = mixture_losses(p, rates).mean()
    assert loss.item() == pytest.approx(case["output"]["loss"], rel=1e-12)
    assert torch.autograd.grad(loss, rates)[0].tolist() == pytest.approx(case["output"]["gradient_rates"], rel=1e-12)


def test_each_is_predicted_from_the_others():
    g = np.random.default_rng(0)
    x, y = g.normal(size=(7, 2)), g.normal(size=7)
    errors = []
    for i in range(7):
        others = np.arange(7) != i
        found = np.linalg.lstsq(np.column_stack([np.ones(6), x[others]]), y[others], rcond=None)[0]
        errors.append(abs(y[i] - found @ [1, *x[i]]))
    assert left_out(y, x) == pytest.approx(np.mean(errors))
    assert left_out(3 + x @ [1, -2], x) == pytest.approx(0, abs=1e-12)


def test_how_often_symbols_come_stays():
    law = np.random.default_rng(0).dirichlet(np.ones(5), size=5)
    often = stationary(law)
    assert often.sum() == pytest.approx(1)
    assert often @ law == pytest.approx(often)


def test_a_wide_network_comes_to_the_shares_and_copies_are_apart():
    draws = [np.random.default_rng(0).spawn(1)[0] for _ in range(2)]
    shares = torch.as_tensor(np.random.default_rng(1).dirichlet(np.ones(9), size=2).reshape(2, 3, 3))
    both = trained(draws[0], shares, 9, 150, 0.2)
    torch.testing.assert_close(both.exp(), shares / shares.sum(2, keepdim=True), rtol=0, atol=0.01)
    torch.testing.assert_close(trained(draws[1], shares[1:], 9, 150, 0.2)[0], both[1])


def test_domains_that_share_everything_are_all_alike_and_features_do_not_change_what_is_trained():
    """Then the loss of a mixture differs by its sample alone."""
    asked = {**SIZES, "pairs": 1_000_000}
    alike, apart = (
        data_mixture(numbers("calculation", 0), features="rates", **asked | {"shared": shared})["spread"]
        for shared in (1.0, 0.5)
    )
    assert alike < 0.1 * apart
    spreads = {
        data_mixture(numbers("calculation", 0), features=features, **SIZES)["spread"]
        for features in ("experts", "rates", "both")
    }
    assert len(spreads) == 1
