"""Metrics of estimates: by hand of a few blocks, and what is left out where nothing is known."""

import math

import pytest
import torch

from runner.parts.measures.mutual_information import MutualInformation
from runner.tasks.declared.mutual_information import MUTUAL_INFORMATION


def diagonal(scores):
    """As if an objective reported the mean score of pairs."""
    return scores.diagonal(dim1=-2, dim2=-1).mean(-1)


def measured(scores, density=None, **optimum):
    """Of scores (S, M, B)."""
    measures = MutualInformation(diagonal, optimum)
    targets = torch.zeros(*scores.shape[:2], 1) if density is None else density[..., None]
    return measures.quality(measures.outcomes(scores, targets), targets)


def blocks(*means, size=2):
    """Scores (1, M, size) of blocks in which each pair has this score."""
    return torch.cat([mean * torch.eye(size) for mean in means])[None]


def test_blocks_are_measured_by_hand():
    found = measured(blocks(1.0, 3.0), estimate=4.0)
    expected = {"estimate": 2.0, "bias": -2.0, "absolute_error": 2.0, "estimate_deviation": 1.0}
    assert {name: found[name].item() for name in expected} == expected
    assert found["estimate_rmse"].item() == pytest.approx(math.sqrt((9 + 1) / 2))
    assert found.keys() == {metric.name for metric in MUTUAL_INFORMATION.quality}


def test_a_block_that_is_not_full_counts_for_nothing():
    lacking = torch.cat([blocks(1.0, 3.0), torch.full((1, 1, 2), 7.0)], 1)
    assert measured(lacking, estimate=4.0)["estimate"].item() == 2.0


def test_without_the_truth_there_is_an_estimate_and_no_error():
    found = measured(blocks(1.0, 3.0), density=torch.full((1, 4), torch.nan))
    known = {name for name, values in found.items() if not values.isnan().any()}
    assert known == {"estimate", "estimate_deviation"}


def test_seeds_are_apart_and_one_whose_scores_are_no_numbers_has_none():
    scores = torch.cat([blocks(1.0, 3.0), blocks(5.0, 5.0), blocks(torch.nan, 1.0)])
    assert measured(scores, estimate=4.0)["absolute_error"][:2].tolist() == [2.0, 1.0]
    assert all(values[2].isnan() for values in measured(scores, estimate=4.0).values())


@pytest.mark.parametrize(("slope", "correlation"), [(2.0, 1.0), (-0.5, -1.0)])
def test_a_critic_is_compared_with_the_density(slope, correlation):
    density = torch.tensor([[0.5, 1.0, -2.0, 4.0]])
    scores = torch.stack([torch.diag(slope * part + 3) for part in density[0].split(2)]).flatten(0, 1)[None]
    assert measured(scores, density)["density_correlation"].item() == pytest.approx(correlation)
    assert measured(scores)["density_correlation"].isnan().all()  # a density that does not vary
