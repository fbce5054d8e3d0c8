"""Transport between Gaussians: closed forms by values, and what each of them must fulfil."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations._gaussian_transport import (
    bures_uvp,
    drawn_covariance,
    drift,
    entropic_cross,
    joint,
    map_cost,
    moments_along,
    optimal_map,
    rectified_map,
    root,
    sample_w2,
    w2_squared,
)
from tests.zoo import ROOT


def cases(name):
    return json.loads((ROOT / "tests" / "values" / "transport" / f"{name}.json").read_text())


def arrays(case, *keys):
    return [np.array(case["inputs"][key]) for key in keys]


def pair(features=3):
    draws = numbers("calculation", 0)
    return drawn_covariance(draws, features, 4.0), drawn_covariance(draws, features, 4.0)


@pytest.mark.parametrize("case", cases("gaussian_pair"))
def test_cost_map_and_plan_are_worked_out(case):
    mean0, cov0, mean1, cov1 = arrays(case, "mean0", "cov0", "mean1", "cov1")
    assert w2_squared(cov0, cov1, mean0 - mean1) == pytest.approx(case["output"]["w2_squared"])
    assert optimal_map(cov0, cov1) == pytest.approx(np.array(case["output"]["map_matrix"]))
    plan = entropic_cross(cov0, cov1, case["hyper"]["eps"])
    assert plan == pytest.approx(np.array(case["output"]["entropic_cross_covariance"]))


@pytest.mark.parametrize("case", cases("gaussian_plan"))
def test_the_entropic_plan_and_brownian_motion_between_are_worked_out(case):
    cov0, cov1 = arrays(case, "cov0", "cov1")
    eps, t = case["hyper"]["eps"], case["hyper"]["t"]
    cross = entropic_cross(cov0, cov1, eps)
    assert cross == pytest.approx(np.array(case["output"]["cross_covariance"]))
    between = moments_along(cov0, cov1, cross, t)[0] + eps * t * (1 - t) * np.eye(2)
    assert between == pytest.approx(np.array(case["output"]["cov_t"]))
    rest = cov1 - cross.T @ np.linalg.inv(cov0) @ cross
    assert rest == pytest.approx(np.array(case["output"]["conditional_cov_1_given_0"]))


@pytest.mark.parametrize("case", cases("rectified_flow"))
def test_rectified_flow_is_worked_out(case):
    cov0, cov1 = arrays(case, "cov0", "cov1")
    none, said = np.zeros_like(cov0), case["output"]
    assert drift(cov0, cov1, none, 0.5) == pytest.approx(np.array(said["drift_at_half"]))
    found = rectified_map(cov0, cov1, none)
    assert found == pytest.approx(np.array(said["map_after_one"]))
    assert map_cost(found, cov0) == pytest.approx(said["cost_after_one"])
    assert np.trace(cov0 + cov1) == pytest.approx(said["cost_independent"])
    assert w2_squared(cov0, cov1) == pytest.approx(said["w2_squared"])
    assert optimal_map(cov0, cov1) == pytest.approx(np.array(said["ot_map"]))


@pytest.mark.parametrize("case", cases("bw2_uvp"))
def test_unexplained_variance_is_that_of_the_released_code(case):
    samples, mean, cov = arrays(case, "samples", "mean", "cov")
    assert bures_uvp(samples, cov, mean) == pytest.approx(case["output"]["percent"])


@pytest.mark.parametrize("case", [case for case in cases("exact_points") if len(case["inputs"]["y"]) == 6])
def test_exact_transport_of_points_is_worked_out(case):
    assert sample_w2(*arrays(case, "x", "y")) ** 2 == pytest.approx(case["output"]["w2_squared"])


@pytest.mark.parametrize("gradient", [False, True])
def test_rectified_flow_keeps_the_marginal_costs_less_than_independent_pairs_and_no_less_than_the_least(gradient):
    cov0, cov1 = pair()
    found = rectified_map(cov0, cov1, np.zeros_like(cov0), gradient)
    assert found @ cov0 @ found.T == pytest.approx(cov1)
    assert w2_squared(cov0, cov1) < map_cost(found, cov0) < np.trace(cov0 + cov1)


@pytest.mark.parametrize("gradient", [False, True])
def test_the_optimal_coupling_stays_what_it_is(gradient):
    cov0, cov1 = pair()
    best = optimal_map(cov0, cov1)
    assert rectified_map(cov0, cov1, cov0 @ best, gradient) == pytest.approx(best)


def test_in_one_dimension_one_round_is_optimal():
    assert rectified_map(np.array([[2.0]]), np.array([[0.5]]), np.zeros((1, 1))) == pytest.approx(0.5)


def test_without_entropy_the_plan_is_that_of_the_map_and_with_much_it_is_independent():
    cov0, cov1 = pair()
    assert entropic_cross(cov0, cov1, 0.0) == pytest.approx(cov0 @ optimal_map(cov0, cov1))
    assert entropic_cross(cov0, cov1, 1e4) == pytest.approx(0, abs=1e-2)


def test_the_entropic_plan_is_the_best_of_those_nearby():
    cov0, cov1 = pair()

    def spent(cross):  # E|x - y|^2 / 2 - eps H, but for constants
        return -np.trace(cross) - 0.7 / 2 * np.linalg.slogdet(joint(cov0, cov1, cross))[1]

    best, off = entropic_cross(cov0, cov1, 0.7), np.random.default_rng(0).normal(size=(3, 3))
    slope = (spent(best + 1e-4 * off) - spent(best - 1e-4 * off)) / 2e-4
    assert slope == pytest.approx(0, abs=1e-6)


def test_samples_of_the_truth_have_moments_near_the_truth_and_a_shift_is_unexplained():
    cov0, _ = pair()
    samples = numbers("calculation", 1).normal(size=(20000, 3)) @ root(cov0)
    assert bures_uvp(samples, cov0) < 0.05
    assert bures_uvp(samples + np.array([1.0, 0, 0]), cov0) == pytest.approx(100 / np.trace(cov0), rel=0.1)
