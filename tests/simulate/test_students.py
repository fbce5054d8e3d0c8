"""Students that are tables: what they learn, and how far it is from the teacher in the paper's two instances."""

import json

import numpy as np
import pytest

from simulate.students import STUDENTS, apart, squared_logits
from tests.zoo import ROOT

NAMES = dict(zip(("ce_sgl", "ce_ptl", "sel_ptl", "ce_ful"), STUDENTS, strict=True))
INSTANCES = json.loads((ROOT / "tests/values/methods/partial_soft_labels.json").read_text())["instances"]["expected"]


def teacher_of(instance, n, states=10):
    """Zhao and Zhu, 2023, Appendix F: the same in all states, near the uniform one or with rare actions."""
    if instance == 1:
        by = 0.25 * np.sqrt(states * 10 / n)
        return np.tile([(1 + by) / 10, (1 - by) / 10], (states, 5))
    rare = states / (n + 1)
    return np.tile([*[rare, 0] * 5, 1 - 5 * rare], (states, 1))


@pytest.mark.parametrize("case", INSTANCES)
def test_in_the_papers_instances_students_are_as_far_from_the_teacher(case):
    instance, n = int(case[8]), int(case.rpartition("n")[2])
    found = apart(np.tile(teacher_of(instance, n), (200, 1, 1)), n, np.random.default_rng(0))
    for key, name in NAMES.items():
        mean, error = INSTANCES[case][key]
        ours = found[name].std() / np.sqrt(200)
        assert abs(found[name].mean() - mean) <= 4 * np.hypot(error, ours) + 1e-12, name


def test_what_was_not_seen_shares_what_is_missing():
    teacher = np.array([[0.5, 0.3, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1]])
    counts = np.array([[3, 0, 1, 0], [0, 0, 0, 0]])
    expected = [[0.5, 0.2, 0.1, 0.2], [0.25, 0.25, 0.25, 0.25]]
    np.testing.assert_allclose(squared_logits(counts, teacher), expected)


@pytest.mark.parametrize("name", STUDENTS)
def test_a_student_holds_a_distribution_in_every_state(name):
    rng = np.random.default_rng(0)
    teachers = rng.dirichlet(np.ones(5), (3, 4))
    found = STUDENTS[name](rng.integers(0, 2, (3, 4, 5)) * np.array([0, 1, 1, 1])[:, None], teachers)
    np.testing.assert_allclose(found.sum(-1), 1)
    assert found.min() >= 0
    np.testing.assert_allclose(found[:, 0], 0.2)  # nothing is known of a state that was not seen
