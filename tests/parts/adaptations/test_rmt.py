"""RMT: values of the released code, and its parts."""

import json

import pytest
import torch
from torch import tensor

from runner.parts.adaptations.rmt import class_means, contrast, follow, nearest, symmetric
from tests.zoo import ROOT

CONTRAST, TAUGHT = json.loads((ROOT / "tests/values/adaptations/rmt.json").read_text())


def test_the_symmetric_cross_entropy_is_the_released_codes():
    z, other, taught = (
        tensor(TAUGHT["inputs"][name], dtype=torch.float64)[None]
        for name in ("student", "student_augmented", "teacher")
    )
    assert symmetric(z, taught)[0].tolist() == pytest.approx(TAUGHT["output"]["sce"], rel=1e-6)
    both = (symmetric(z, taught) + symmetric(other, taught)) / 2
    assert both[0].tolist() == pytest.approx(TAUGHT["output"]["self_training"], rel=1e-6)


def test_the_contrastive_term_is_the_released_codes():
    alike = tensor(CONTRAST["inputs"]["projected"], dtype=torch.float64)[None].unbind(2)
    assert contrast(alike, CONTRAST["hyper"]["temperature"]).item() == pytest.approx(CONTRAST["output"], rel=1e-6)


def test_means_are_those_of_a_class_and_one_without_examples_is_nearest_to_nothing():
    features, labels = tensor([[[1.0, 0.0], [3.0, 0.0], [0.0, -2.0]]]), tensor([[0, 0, 2]])
    means = class_means(features, labels, 3)
    torch.testing.assert_close(means[0, [0, 2]], tensor([[2.0, 0.0], [0.0, -2.0]]))
    assert means[0, 1].isnan().all()
    found = nearest(tensor([[[9.0, 1.0], [0.1, -0.2], [-1.0, 0.5]]]), means)
    torch.testing.assert_close(found[0], tensor([[2.0, 0.0], [0.0, -2.0], [0.0, -2.0]]))


def test_a_teacher_keeps_momentum_of_itself():
    slow = [tensor([1.0, 2.0])]
    follow(slow, [tensor([11.0, 2.0])], 0.9)
    torch.testing.assert_close(slow[0], tensor([2.0, 2.0]))
