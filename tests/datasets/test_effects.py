"""Effects of a treatment: pseudo-outcomes of a reference case, and what their mean is."""

import json

import pytest
import torch

from datasets.effects import pseudo_outcome
from tests.datasets.files import load
from tests.zoo import ROOT


def test_pseudo_outcomes_are_those_of_the_released_code():
    case = json.loads((ROOT / "tests/values/calibrators/causal_isotonic.json").read_text())
    names = ("treatment", "outcome", "mu0", "mu1", "propensity")
    found = pseudo_outcome(*(torch.tensor(case["inputs"][name], dtype=torch.float64) for name in names))
    torch.testing.assert_close(found, torch.tensor(case["output"]["pseudo_outcome"], dtype=torch.float64))


def effect(x):
    return 1 + x[:, 0] + 2 * x[:, 1].clamp(min=0)


@pytest.mark.parametrize("nuisance", ["known", "weighting"])
def test_the_mean_of_what_training_sees_is_the_effect(nuisance):
    split = load("effects", num_train=200_000, nuisance=nuisance)
    gap = (split.y[:, 0] - effect(split.x)).double()
    assert gap.mean().abs() < 5 * gap.std() / len(gap) ** 0.5
    upper = split.x[:, 0] > 0
    for half in (upper, ~upper):
        assert gap[half].mean().abs() < 5 * gap[half].std() / half.sum() ** 0.5


def test_weighting_varies_more_and_tests_are_of_the_effect_itself():
    known, weighting = (load("effects", nuisance=each) for each in ("known", "weighting"))
    assert weighting.y.std() > 1.5 * known.y.std()
    for split in (known, weighting):
        torch.testing.assert_close(split.test_y[:, 0], effect(split.test_x))
        assert split.optimum == {"rmse": 0.0}


def test_without_noise_and_with_known_means_the_effect_is_seen():
    split = load("effects", noise=0.0)
    torch.testing.assert_close(split.y[:, 0], effect(split.x), rtol=1e-5, atol=1e-5)
