"""How groups fare: by worked numbers, and as one counts by hand."""

import json
from pathlib import Path

import pytest
import torch

from runner.parts.measures._environments import gaps, worst_environments

VALUES = Path(__file__).parents[2] / "values/measures/environments.json"


def case():
    (found,) = json.loads(VALUES.read_text())
    p, y, group = (torch.tensor(found["inputs"][name]) for name in ("p", "y", "sensitive"))
    predicted = (p > 0.5).long()
    confidence = torch.where(predicted == 1, p, 1 - p)
    return (predicted[None], confidence[None], y.long()[None], group.long()[None]), found["output"]


def test_gaps_are_those_worked_out():
    (predicted, confidence, labels, domain), expected = case()
    found = gaps(predicted, confidence, labels, domain, 2)
    assert found["rate_gap"].item() == pytest.approx(expected["demographic_parity_gap"], abs=1e-9)
    assert found["odds_gap"].item() == pytest.approx(expected["equalised_odds_gap"], abs=1e-9)
    worst = worst_environments(predicted, labels, domain)
    assert worst["worst_group_accuracy"].item() == pytest.approx(expected["worst_group_accuracy"], abs=1e-9)


def test_the_gap_of_calibration_is_between_the_errors_of_each_group():
    """Sure by 0.9 of two of which one is right, an error of 0.4; and by 0.7 of two that are right, one of 0.3."""
    confidence = torch.tensor([[0.9, 0.9, 0.7, 0.7]])
    found = gaps(
        torch.zeros(1, 4, dtype=torch.int64), confidence, torch.tensor([[0, 1, 0, 0]]), torch.tensor([[0, 0, 1, 1]]), 2
    )
    assert found["ece_gap"].item() == pytest.approx(0.1, abs=1e-6)


def test_groups_without_an_example_do_not_count():
    labels, domain = torch.tensor([[0, 0, 1, 1]]), torch.tensor([[0, 0, 2, 2]])
    found = worst_environments(torch.tensor([[0, 1, 1, 1]]), labels, domain)
    assert found["worst_domain_accuracy"].item() == 0.5
    assert found["worst_group_accuracy"].item() == 0.5
    right = gaps(labels, torch.ones(1, 4), labels, domain, 2)
    assert right["odds_gap"].item() == 0
    assert right["accuracy_gap"].item() == 0


def test_seeds_are_measured_apart():
    draw = torch.Generator().manual_seed(0)
    predicted, labels, domain = (torch.randint(3, (2, 60), generator=draw) for _ in range(3))
    confidence = torch.rand(2, 60, generator=draw)
    for measure in (
        lambda s: gaps(predicted[s], confidence[s], labels[s], domain[s], 3),
        lambda s: worst_environments(predicted[s], labels[s], domain[s]),
    ):
        both = measure(slice(None))
        for s in range(2):
            for name, value in measure(slice(s, s + 1)).items():
                assert torch.allclose(both[name][s], value[0]), name
