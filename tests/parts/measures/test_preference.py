"""A policy against the true reward: by hand of two responses, and by what is known of the reference and the best."""

import math

import pytest
import torch

from datasets.preferences import preferences
from losses.preference._rows import rows_of
from runner.parts.measures.preference import Preference
from runner.tasks.declared.preference import PREFERENCE

MEASURES = Preference()


def row(winner, loser, *, reference=(0.5, 0.5), reward=(1.0, 0.0), seen=(1.0, 1.0), beta=1.0):
    log = torch.tensor(reference, dtype=torch.float64).log()
    best = (log + torch.tensor(reward, dtype=torch.float64) / beta).log_softmax(0)
    return torch.tensor([winner, loser, 0.0, *log, *reward, *seen, 1.0, 1.0, *best], dtype=torch.float64)


def quality(predictions, *rows):
    targets = torch.stack(rows)[None]
    z = torch.tensor(predictions, dtype=torch.float64)[None]
    return {name: found.item() for name, found in MEASURES.quality(MEASURES.outcomes(z, targets), targets).items()}


def test_two_responses_by_hand():
    """Policy (3/4, 1/4): log 3 more for the first."""
    found = quality([[math.log(3), 0.0]], row(0, 1, seen=(1.0, 0.0)))
    wins = 0.75 * (0.5 * 0.5 + 0.5 / (1 + math.exp(-1))) + 0.25 * (0.5 / (1 + math.e) + 0.5 * 0.5)
    assert found == pytest.approx(
        {
            "reward": 0.75,
            "kl": 0.75 * math.log(1.5) + 0.25 * math.log(0.5),
            "kl_to_optimum": 0.75 * math.log(0.75 * (1 + math.e) / math.e) + 0.25 * math.log(0.25 * (1 + math.e)),
            "win_rate": wins,
            "order_accuracy": 1.0,
            "entropy": -0.75 * math.log(0.75) - 0.25 * math.log(0.25),
            "unseen_mass": 0.25,
        }
    )


def test_the_reference_and_the_best_policy():
    sizes = {"contexts": 5, "responses": 6, "features": 0, "num_train": 10, "scale": 1.0, "longest": 1, "world": 0}
    rows = preferences(**sizes, beta=0.5, deterministic=False, task="preference").test_y.double()
    its = rows_of(rows)
    still, best = (quality(z.tolist(), *rows) for z in (0 * its.reward, its.reward / 0.5))
    assert still["kl"] == pytest.approx(0, abs=1e-6)
    assert still["win_rate"] == pytest.approx(0.5, abs=1e-6)
    assert still["order_accuracy"] == pytest.approx(0.5)
    assert best["kl_to_optimum"] == pytest.approx(0, abs=1e-6)
    assert best["order_accuracy"] == pytest.approx(1)
    assert best["reward"] > still["reward"]
    value = best["reward"] - 0.5 * best["kl"]  # beta log Z
    log_z = (its.reference + its.reward / 0.5).logsumexp(1).mean().item()
    assert value == pytest.approx(0.5 * log_z, rel=1e-5)


def test_an_order_counts_by_how_often_the_reference_has_the_pair():
    found = quality([[1.0, 0.0, 2.0]], three := three_responses())
    p = rows_of(three).reference.exp()
    right, wrong = p[0] * p[1], p[0] * p[2] + p[1] * p[2]  # rewards fall, and the last was raised most
    assert found["order_accuracy"] == pytest.approx((right / (right + wrong)).item())


def three_responses():
    log = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log()
    return torch.cat([torch.zeros(3), log, torch.tensor([2.0, 1.0, 0.0]), torch.ones(6), log]).double()


def test_training_pairs_and_those_the_wrong_way_round():
    given, true = torch.stack([row(1, 0), row(0, 1)])[None], torch.stack([row(0, 1), row(0, 1)])[None]
    seen = MEASURES.outcomes(torch.tensor([[[0.0, 1.0], [1.0, 0.0]]]), given)
    found = MEASURES.label_noise(seen, given, true)
    assert {name: value.item() for name, value in found.items()} == {
        "accuracy_given": 1.0, "accuracy_true": 0.5, "memorised": 1.0,
    }  # fmt: skip
    assert "memorised" not in MEASURES.label_noise(seen, true, true)


def test_a_prediction_of_nothing_has_no_metric():
    found = quality([[math.nan, 0.0]], row(0, 1))
    assert all(math.isnan(value) for value in found.values())


def test_all_that_is_declared_is_measured():
    assert [metric.name for metric in PREFERENCE.quality] == [*quality([[0.0, 0.0]], row(0, 1))]
