"""Bounds on synergy: gates whose decomposition is known, identities of information, and minima found by trying all."""

import json

import numpy as np
import pytest

from runner.data.streams import numbers
from runner.parts.calculations._information import CHECKS, between, between_slope, decomposed, information, least
from runner.parts.calculations.multimodal_bounds import at_least, at_most, labelled, multimodal_bounds
from tests.zoo import ROOT

VALUES = ROOT / "tests" / "values" / "theory"
GATES = json.loads((VALUES / "multimodal_gates.json").read_text())[0]
CASES = json.loads((VALUES / "multimodal_bounds.json").read_text())
LABELS = {
    "xor": lambda a, b: a ^ b,
    "and": lambda a, b: a & b,
    "copy1": lambda a, b: a,
    "unique both": lambda a, b: 2 * a + b,
}


@pytest.mark.parametrize(("place", "gate"), list(enumerate(GATES["inputs"]["gates"])))
def test_gates_of_fair_bits_are_decomposed_as_is_known(place, gate):
    joint = np.zeros((2, 2, 4))
    for a, b in np.ndindex(2, 2):
        joint[a, b, LABELS[gate](a, b)] = 0.25
    found, bits = decomposed(joint), np.log(2)
    assert found.synergy / bits == pytest.approx(GATES["output"]["synergy_broja"][place], abs=1e-6)
    assert found.redundant / bits == pytest.approx(GATES["output"]["redundancy_broja"][place], abs=1e-6)
    one = (found.redundant + found.unique_1) / bits
    assert one == pytest.approx(GATES["output"]["I_x1_y"][place], abs=1e-6)
    assert information(joint.reshape(4, 4)) / bits == pytest.approx(GATES["output"]["I_x1x2_y"][place], abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_information_and_what_is_left_of_it_are_the_closed_forms(case):
    joint, output = np.array(case["inputs"]["joint_x1_x2_y"]), case["output"]
    found = decomposed(joint)
    assert information(joint.sum(1)) == pytest.approx(output["I_1"], abs=1e-12)
    assert found.redundant + found.unique_2 == pytest.approx(output["I_2"], abs=1e-9)
    assert found.synergy - found.redundant == pytest.approx(output["interaction"], abs=1e-9)
    assert information(joint.sum(2)) == pytest.approx(output["I_x1_x2"], abs=1e-12)
    assert found.synergy - found.redundant == pytest.approx(between(joint) - output["I_x1_x2"], abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_minima_are_those_of_a_grid(seed):
    joint = np.random.default_rng(seed).dirichlet(np.ones(8)).reshape(2, 2, 2)
    low = -np.minimum(joint[0, 0], joint[1, 1])
    high = np.minimum(joint[0, 1], joint[1, 0])
    grid = np.meshgrid(*(np.linspace(a, b, 61) for a, b in zip(low, high, strict=True)))
    moves = np.stack([each.ravel() for each in grid], 1)
    laws = np.maximum(joint + CHECKS[:, :, None] * moves[:, None, None, :], 0)
    smallest = min(information(law.reshape(4, 2)) for law in laws)
    apart = information(joint.reshape(4, 2)) - decomposed(joint).synergy
    assert apart <= smallest + 1e-9
    assert apart == pytest.approx(smallest, abs=2e-3)
    line = np.linspace(max(low[0], -high[1]), min(high[0], -low[1]), 2001)
    alike = [between(np.maximum(joint + CHECKS[:, :, None] * np.array([t, -t]), 0)) for t in line]
    found = least(joint, between_slope, pairs_stay=True)
    assert between(found) == pytest.approx(min(alike), abs=1e-5)
    assert found.sum(2) == pytest.approx(joint.sum(2), abs=1e-12)


def test_without_noise_the_upper_bound_is_the_synergy_and_so_is_the_lower_one_of_and():
    for gate in ("xor", "and", "copy"):
        joint = labelled(np.array([[0.3, 0.2], [0.1, 0.4]]), gate, 0.0)
        true = decomposed(joint).synergy
        assert at_most(joint) == pytest.approx(true, abs=1e-6)
        if gate != "xor":
            assert at_least(joint) == pytest.approx(true, abs=1e-6)


def test_a_copy_has_no_synergy_and_the_lower_bound_says_so():
    found = multimodal_bounds(numbers("calculation", 0), gate="copy", noise=0.2)
    assert found["synergy"] == pytest.approx(0, abs=1e-6)
    assert found["synergy_at_least"] == pytest.approx(0, abs=1e-6)


def test_no_law_breaks_a_bound():
    for seed in range(20):
        joint = np.random.default_rng(seed).dirichlet(np.full(8, 0.7)).reshape(2, 2, 2)
        true = decomposed(joint).synergy
        assert at_least(joint) - 1e-6 <= true <= at_most(joint) + 1e-6
