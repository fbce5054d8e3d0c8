"""Densities of a plane: what is said of the truth itself, and of what misses it in a known way."""

import math

import pytest
import torch

from datasets.planar import centres, log_density, planar
from runner.parts.measures.density import Density

MEASURES = Density()
SIZES = {"deviation": 0.1, "outliers": 0.0, "num_train": 10, "side": 100, "world": 0, "task": "density"}
SPLIT = planar(shape="ring", **SIZES)
ROWS = SPLIT.truth.double()[None]
POINTS = SPLIT.test_x.double()


def quality(told):
    found = MEASURES.quality(MEASURES.outcomes(told[None], ROWS), ROWS)
    return {name: value.item() for name, value in found.items()}


def test_the_true_density_is_at_the_floor():
    found = quality(log_density(POINTS, centres("ring"), 0.1)[:, None] + 5.0)
    assert found["kl"] == pytest.approx(0, abs=1e-6)
    assert found["reverse_kl"] == pytest.approx(0, abs=1e-6)
    assert found["modes"] == 1
    assert found["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.012)
    assert found["w2"] < 1.3 * SPLIT.optimum["w2"]


def test_true_samples_have_no_divergence_and_no_distance_from_themselves():
    found = quality(ROWS[0, :, 3:5])
    assert found["w2"] == 0
    assert found["modes"] == 1
    assert math.isnan(found["kl"])
    assert math.isnan(found["reverse_kl"])


@pytest.mark.parametrize("covered", [1, 3, 8])
def test_modes_that_get_no_points_are_not_covered(covered):
    middle = centres("ring")[:covered]
    found = quality(middle[torch.arange(len(POINTS)) % covered])
    assert found["modes"] == covered / 8
    assert found["high_quality"] == 1


def test_a_mode_counts_from_a_fifth_of_its_fair_share():
    """Of 1,000 points 125 are fair: 24 do not cover a mode, 26 do."""
    middle = centres("ring")
    for few, share in ((24, 7 / 8), (26, 1)):
        mode = torch.cat([torch.zeros(few), 1 + torch.arange(1000 - few) % 7]).long()
        assert quality(middle[mode])["modes"] == share


def test_points_too_far_from_all_modes_are_of_low_quality():
    middle = centres("ring")[torch.arange(1000) % 8]
    assert quality(middle + torch.tensor([0.28, 0.0]))["high_quality"] == 1
    assert quality(middle + torch.tensor([0.32, 0.0]))["high_quality"] == 0


def test_divergences_from_half_of_the_modes():
    """Half of the truth: it diverges from the truth by log 2, and the truth from it by far more."""
    found = quality(log_density(POINTS, centres("ring")[:4], 0.1)[:, None])
    assert found["reverse_kl"] == pytest.approx(math.log(2), abs=1e-3)
    assert found["kl"] > 10
    assert found["modes"] == 0.5


def test_an_even_density_by_hand():
    log_p = log_density(POINTS, centres("ring"), 0.1).log_softmax(0)
    found = quality(torch.zeros(len(POINTS), 1))
    assert found["kl"] == pytest.approx((log_p.exp() * log_p).sum().item() + math.log(len(POINTS)))


def test_a_seed_that_gives_nothing_has_no_metric():
    told = POINTS.clone()
    told[3, 1] = torch.nan
    assert all(math.isnan(value) for value in quality(told).values())


def test_a_seed_that_gives_infinite_numbers_has_no_metric_either():
    assert all(math.isnan(value) for value in quality(torch.full((len(POINTS), 2), torch.inf)).values())


def test_another_width_is_refused():
    with pytest.raises(ValueError, match="3 numbers: must be a log density, or a point of a plane"):
        MEASURES.outcomes(torch.zeros(1, 4, 3), ROWS)
