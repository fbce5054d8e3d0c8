"""The Cauchy-Schwarz divergence and information at the values of the released code, and their laws."""

import json

import pytest
import torch

from losses.regression._cauchy_schwarz import divergence, information, normalised_information
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "regression" / "cauchy_schwarz.json").read_text())


def numbers(case, *fields):
    return [torch.tensor(case[field], dtype=torch.float64) for field in fields]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_values(case):
    x, y, f, t = numbers(case, "x", "y", "prediction", "t")
    for denominator in ("released", "paper"):
        found = divergence(x, y, f, case["sigma"], denominator)
        assert found.item() == pytest.approx(case[denominator], abs=1e-9)
    assert information(x, t, case["sigma"]).item() == pytest.approx(case["information"], abs=1e-9)
    assert normalised_information(x, t, case["sigma"]).item() == pytest.approx(case["normalised"], abs=1e-9)


@pytest.mark.parametrize("denominator", ["paper", "released"])
def test_equal_predictions_have_no_divergence_and_the_order_of_examples_is_none(denominator):
    x, y, f = numbers(CASES[0], "x", "y", "prediction")
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    assert divergence(x, y, y, 1.0, denominator).item() == pytest.approx(0, abs=1e-12)
    whole, other = divergence(x, y, f, 1.0, denominator), divergence(x[order], y[order], f[order], 1.0, denominator)
    torch.testing.assert_close(whole, other)
    assert whole > 0


def test_gradients_are_derivatives():
    x, y, f, t = numbers(CASES[0], "x", "y", "prediction", "t")
    assert torch.autograd.gradcheck(lambda f: divergence(x, y, f, 1.0, "paper"), f.requires_grad_())
    assert torch.autograd.gradcheck(lambda t: information(x, t, 1.0), t.requires_grad_())


def test_a_stack_is_its_seeds():
    x, y, f = (torch.stack(pair) for pair in zip(*(numbers(c, "x", "y", "prediction") for c in CASES), strict=True))
    together = torch.vmap(lambda *row: divergence(*row, 1.0, "paper"))(x, y, f)
    alone = torch.stack([divergence(*row, 1.0, "paper") for row in zip(x, y, f, strict=True)])
    torch.testing.assert_close(together, alone)
