"""Directions of concepts: the laws, the gradient, and cosines where they are known."""

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.concept_directions import concept_directions, flips, learnt, pairwise, world

KEYS = {"concepts": 3, "width": 8, "steps": 400, "lr": 5.0, "shuffled": False}


def test_laws_of_one_concept_are_the_prior_and_certainty():
    contexts, laws = world(np.array([0.3]))
    assert contexts.tolist() == [[-1], [0], [1]]
    assert laws == pytest.approx(np.array([[0.7, 0.3], [1, 0], [0, 1]]))


def test_what_a_context_leaves_open_is_independent():
    contexts, laws = world(np.array([0.3, 0.6]))
    (place,) = np.flatnonzero((contexts == [1, -1]).all(1))
    assert laws[place] == pytest.approx([0, 0, 0.4, 0.6])


def test_a_step_is_down_the_gradient_of_the_cross_entropy():
    _, laws = world(np.array([0.4, 0.5]))
    target = torch.from_numpy(laws)
    f, g = (torch.from_numpy(numbers(name).normal(size=(len(each), 3))) for name, each in (("f", laws), ("g", laws.T)))
    f.requires_grad_()
    (slope,) = torch.autograd.grad(-(target * (f @ g.T).log_softmax(1)).sum(1).mean(), f)
    torch.testing.assert_close(
        learnt(target, f.detach(), g, steps=1, lr=0.5), (f - 0.5 * slope).detach(), rtol=0, atol=1e-14
    )


def test_steps_along_a_concept_change_it_alone():
    contexts, _ = world(np.array([0.5, 0.5, 0.5]))
    steps = flips(contexts.astype(float), contexts, 1)
    assert steps.tolist() == [[0, 1, 0]] * 9


def test_cosines_of_equal_and_of_opposite_vectors():
    assert pairwise(np.array([[1.0, 0], [1, 0], [1, 0]])) == pytest.approx(1)
    assert pairwise(np.array([[1.0, 0], [-1, 0]])) == pytest.approx(-1)


def test_without_concepts_in_the_table_there_are_no_directions():
    matched, shuffled = (concept_directions(numbers("calculation", 0), **KEYS | {"shuffled": s}) for s in (False, True))
    assert matched["cosine_within"] > shuffled["cosine_within"] + 0.3
    assert matched["cosine_between"] < 0.2
