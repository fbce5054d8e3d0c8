"""Kinetic energy of paths: posteriors worked out, the two weights of which all is known, and what dimensions change."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations.kinetic_path import excess, kinetic_path, posterior, separation
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "kinetic_path.json").read_text())
ANGLES = (np.arange(400) + 0.5) * np.pi / 800


@pytest.mark.parametrize("case", CASES)
def test_posterior_and_separation_are_the_closed_forms(case):
    data, noise, t = np.array(case["inputs"]["data"]), np.array(case["inputs"]["noise"]), case["hyper"]["t"]
    assert posterior(data, noise, t, 1 - t) == pytest.approx(np.array(case["output"]["posterior"]), rel=1e-6)
    assert separation(data, noise, t, 1 - t) == pytest.approx(case["output"]["ratio"], abs=1e-9)


def test_where_points_are_told_apart_the_straight_path_has_the_least_energy():
    assert excess(ANGLES, np.ones(400)) == pytest.approx(0, abs=1e-4)


def test_from_a_gaussian_to_the_same_gaussian_no_energy_is_needed():
    """Of Gaussian data the separation is m^2 / (m^2 + s^2): the identity has no velocity, and the straight path has."""
    assert excess(ANGLES, np.sin(ANGLES) ** 2) == pytest.approx(2 - np.pi / 2, abs=1e-4)


def test_the_least_is_below_every_path_tried():
    """Between the two, a path that first goes round a quarter of the plane and so on has no less than the chord."""
    separations = np.sin(ANGLES) ** 2 * 0.5 + 0.5  # w = 1/2 at every angle
    chord = 2 - 2 * np.cos(np.pi / 2 * np.sqrt(0.5))
    straight = (2 - np.pi / 2) + np.pi / 2 * 0.5
    assert excess(ANGLES, separations) == pytest.approx(straight - chord, abs=1e-4)
    circle = (np.pi / 2) ** 2 * 0.5
    assert chord < min(circle, straight)


def test_one_dimension_of_many_points_is_nearly_the_gaussian():
    found = kinetic_path(numbers("calculation", 0), dimension=1, points=1000, angles=40)
    assert found["separation"] == pytest.approx(0.5, abs=0.1)
    assert found["excess_energy"] == pytest.approx(2 - np.pi / 2, abs=0.05)
