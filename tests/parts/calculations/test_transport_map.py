"""Maps between Gaussians: their distances from the truth, baselines, and what training finds."""

import numpy as np
import pytest
import torch
import yaml

from runner.data.streams import numbers
from runner.parts.calculations._gaussian_transport import drawn_covariance, optimal_map, root
from runner.parts.calculations._transport_maps import Regularized, discrete, from_moments
from runner.parts.calculations._transport_training import Samples
from runner.parts.calculations.transport_map import distances, transport_map
from tests.zoo import ROOT

YAML = yaml.safe_load((ROOT / "conf" / "calculation" / "transport_map.yaml").read_text())
SIZES = {key: value for key, value in YAML.items() if key != "_target_"} | {
    "steps": 10, "batch_size": 16, "width": 8, "tested": 100,
}  # fmt: skip


def found(**keys):
    return transport_map(numbers("calculation", 0), **(SIZES | keys))


def pair():
    draws = numbers("calculation", 0)
    return drawn_covariance(draws, 2, 3.0), drawn_covariance(draws, 2, 3.0)


def test_the_best_map_has_no_distance_but_that_of_samples():
    covs = pair()
    best = torch.tensor(optimal_map(*covs))
    said = distances(lambda x, draws: x @ best.T, covs, 1e-6, 1000, numbers("calculation", 1))
    assert said["l2_uvp"] == pytest.approx(0, abs=1e-12)
    assert said["bw2_uvp"] < 1
    assert said["plan_uvp"] < 1
    assert said["cost_gap"] == pytest.approx(0, abs=15)
    assert said["w2"] < 2 * said["w2_floor"]


def test_a_shift_counts_in_every_distance():
    covs = pair()
    best, shift = torch.tensor(optimal_map(*covs)), torch.tensor([3.0, 0.0], dtype=torch.float64)
    said = distances(lambda x, draws: x @ best.T + shift, covs, 1.0, 200, numbers("calculation", 1))
    assert said["l2_uvp"] == pytest.approx(900 / np.trace(covs[1]))
    assert said["bw2_uvp"] == pytest.approx(900 / np.trace(covs[1]), rel=0.3)
    assert said["w2"] == pytest.approx(3, rel=0.1)


def test_arms_meet_the_same_truth_and_the_same_floor():
    assert len({found(objective=objective)["w2_floor"] for objective in ("identity", "moments", "rectified")}) == 1


def test_nothing_is_moved_and_costs_nothing_or_all_is_moved_to_new_points():
    assert found(objective="identity")["cost_gap"] == -100
    said = found(objective="independent", tested=1000)
    covs = pair_of(numbers("calculation", 0))
    assert said["l2_uvp"] == pytest.approx(200, rel=0.1)
    assert said["cost_gap"] == pytest.approx(100 * (np.trace(covs[0] + covs[1]) / least(covs) - 1), rel=0.15)


def pair_of(draws):
    problem = draws.spawn(4)[0]
    return drawn_covariance(problem, 2, 3.0), drawn_covariance(problem, 2, 3.0)


def least(covs):
    half = root(covs[0])
    return np.trace(covs[0] + covs[1]) - 2 * np.trace(root(half @ covs[1] @ half))


def test_a_map_of_moments_has_these_moments_and_a_discrete_one_brings_each_point_to_one():
    covs = pair()
    x, y = Samples((root(covs[0]), root(covs[1])), 40, numbers("calculation", 1)).all(7)
    assert len(x) == 40
    mapped = from_moments(x, y)(torch.tensor(x), None).numpy()
    assert np.cov(mapped, rowvar=False) == pytest.approx(np.cov(y, rowvar=False))
    assert mapped.mean(0) == pytest.approx(y.mean(0))
    brought = discrete(x, y)(torch.tensor(x), None).numpy()
    assert sorted(map(tuple, brought)) == sorted(map(tuple, y))
    assert np.square(brought - x).sum() <= np.square(y - x).sum()


def test_examples_that_are_kept_come_again_and_others_do_not():
    roots = (np.eye(2), np.eye(2))
    kept, fresh = (Samples(roots, examples, numbers("calculation", 0)) for examples in (5, 0))
    many = torch.cat([kept.batch(10)[0] for _ in range(5)])
    assert len(many.unique(dim=0)) == 5
    assert len(torch.cat([fresh.batch(10)[0] for _ in range(5)]).unique(dim=0)) == 50


def test_without_weight_the_gap_does_not_count():
    x, to, y = (torch.tensor(points) for points in numbers("calculation", 0).normal(size=(3, 8, 2)))
    zero, one, two = (Regularized(0.5, "product", weight)(x, to, y).item() for weight in (0.0, 1.0, 2.0))
    assert two - one == pytest.approx(one - zero)
    assert one != zero
    assert found(objective="monge_gap", weight=0.0) == found(objective="sinkhorn_divergence")


@pytest.mark.parametrize("objective", ["sinkhorn_divergence", "monge_gap", "rectified", "c_rectified"])
def test_training_comes_nearer_to_the_target(objective):
    few, many = (found(objective=objective, steps=steps, lr=0.05) for steps in (1, 40))
    assert many["bw2_uvp"] < 0.5 * few["bw2_uvp"]
