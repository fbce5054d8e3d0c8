"""Sensitivity to the rate: values, the losses in closed form, the language, and rates that do not depend on others."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.rate_sensitivity import losses, rate_sensitivity, sensitivity, sequences
from tests.zoo import ROOT

VALUES = ROOT / "tests" / "values" / "theory"
SENSITIVITY = json.loads((VALUES / "rate_sensitivity.json").read_text())
Z_LOSS = json.loads((VALUES / "z_loss.json").read_text())
SIZES = {
    "qk_norm": False, "z_loss": 0.0, "rates": [0.001, 0.03], "symbols": 4, "concentration": 0.2, "length": 6,
    "width": 8, "layers": 1, "heads": 1, "steps": 40, "batch_size": 8, "tested": 50,
}  # fmt: skip


class Fixed:
    """A network that says the same logits (R, B, T, V) of whatever it sees."""

    def __init__(self, logits):
        self.logits, self.last = logits, torch.zeros(1, 1, logits.shape[-1])

    def __call__(self, seen):
        return self.logits


@pytest.mark.parametrize("case", SENSITIVITY)
def test_sensitivity_is_the_mean_of_capped_losses_less_the_best(case):
    after = np.array(case["inputs"]["final_losses"])
    assert sensitivity(after, case["inputs"]["initial_loss"]) == pytest.approx(case["output"]["value"])


def test_a_rate_that_diverges_counts_as_the_start():
    for lost in (np.nan, np.inf, 7.0):
        assert sensitivity(np.array([1.0, lost]), 3.0) == pytest.approx(1)
    assert sensitivity(np.array([np.nan, np.nan]), 3.0) == 0


@pytest.mark.parametrize("case", Z_LOSS)
def test_losses_are_the_values_of_each_symbol_from_the_third_on(case):
    logits, labels = torch.tensor(case["inputs"]["logits"]).double(), case["inputs"]["labels"]
    padded = torch.zeros(1, 1, 5, logits.shape[1]).double()
    padded[0, 0, 1:4] = logits
    entropy, square = losses(Fixed(padded), np.array([[0, 0, *labels]]))
    assert entropy.item() == pytest.approx(np.mean(case["output"]["ce"]))
    assert case["hyper"]["weight"] * square.item() == pytest.approx(np.mean(case["output"]["z_loss"]))


def test_sequences_follow_the_law_of_the_two_symbols_before():
    law = np.random.default_rng(0).dirichlet(np.ones(3), size=(3, 3))
    found = sequences(numbers("calculation", 0), law, 4, 200000)
    for first, second in ((0, 1), (2, 0)):
        for t in (2, 3):
            after = found[(found[:, t - 2] == first) & (found[:, t - 1] == second)][:, t]
            assert np.bincount(after, minlength=3) / len(after) == pytest.approx(law[first, second], abs=0.015)


def test_a_rate_ends_where_it_ends_alone():
    found = rate_sensitivity(numbers("calculation", 0), **SIZES)
    ends = [rate_sensitivity(numbers("calculation", 0), **(SIZES | {"rates": [rate]})) for rate in SIZES["rates"]]
    low, high = (end["best_loss"] for end in ends)
    assert [end["sensitivity"] for end in ends] == [0, 0]
    assert found["best_loss"] == pytest.approx(min(low, high))
    assert found["sensitivity"] == pytest.approx((low + high) / 2 - min(low, high))
    assert high < low


def test_normalized_queries_and_a_heavy_z_loss_each_change_what_is_found():
    plain = rate_sensitivity(numbers("calculation", 0), **SIZES)
    for change in ({"qk_norm": True}, {"z_loss": 0.1}):
        assert rate_sensitivity(numbers("calculation", 0), **(SIZES | change))["best_loss"] != plain["best_loss"]
    heavy = rate_sensitivity(numbers("calculation", 0), **(SIZES | {"z_loss": 100.0}))
    assert heavy["best_loss"] > plain["best_loss"]
