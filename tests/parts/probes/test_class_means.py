"""Class means at right angles, at the corners of a simplex, and of norms that follow sizes; and known values."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from runner.contracts.model import Model
from runner.contracts.probe import Examples, Probed
from runner.parts.probes.class_means import class_means
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "theory" / "class_means.json").read_text())
SIZES = [5, 3, 2]


class Unchanged(Model):
    """Features are the inputs; rows of the head are as given."""

    def __init__(self, weight):
        super().__init__()
        self.body = nn.Sequential(nn.Identity())
        self.head = nn.Linear(weight.shape[1], len(weight), bias=False)
        self.head.weight = nn.Parameter(weight, requires_grad=False)


def seen(x, labels, weight=None, network=None):
    """A network that leaves examples as they are, of classes (N,)."""
    classes = int(labels.max()) + 1
    examples = Examples(x, labels, labels)
    network = network or Unchanged(torch.ones(classes, x.shape[1]) if weight is None else weight)
    return Probed(network, None, examples, examples, classes, lambda *_: torch.zeros(()), np.random.default_rng(0))


def around(means, sizes):
    """So many examples of each class, with exactly these means (K, D), and their classes."""
    labels = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    x = means[labels].clone()
    for k, size in enumerate(sizes):
        deviations = torch.randn(size, means.shape[1], generator=torch.Generator().manual_seed(k)).to(means)
        x[labels == k] += deviations - deviations.mean(0)
    return x, labels


@pytest.mark.parametrize("case", CASES)
def test_cosines_are_as_known(case):
    found = class_means(seen(torch.tensor(case["inputs"]["features"]), torch.tensor(case["inputs"]["labels"])))
    cosines = np.array(case["output"]["cosines_of_means_uncentred"])
    assert found["from_right_angles"] == pytest.approx(np.abs(cosines).mean(), abs=1e-6)
    assert found["from_simplex"] == pytest.approx(np.abs(cosines + 0.5).mean(), abs=1e-6)


def test_means_at_right_angles_are_found_whatever_their_norms():
    found = class_means(seen(*around(torch.diag(torch.tensor([3.0, 1.0, 0.5]).double()), SIZES)))
    assert found["from_right_angles"] == pytest.approx(0, abs=1e-12)
    assert found["from_simplex"] == pytest.approx(0.5)
    assert found["simplex_nearer"] == pytest.approx(-0.5)


def test_a_simplex_is_found_and_no_more_so_once_it_is_moved():
    corners = torch.eye(3).double() - 1 / 3
    found = class_means(seen(*around(corners, SIZES)))
    assert found["from_simplex"] == pytest.approx(0, abs=1e-12)
    assert found["simplex_nearer"] == pytest.approx(0.5)
    moved = class_means(seen(*around(corners + 1 / 3, SIZES)))
    assert moved["from_right_angles"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("norms", "expected"), [([3.0, 2.0, 1.0], 1.0), ([1.0, 2.0, 3.0], -1.0), ([2.0, 3.0, 1.0], 1 / 3)]
)
def test_norms_follow_sizes(norms, expected):
    scaled = torch.diag(torch.tensor(norms).double())
    x, labels = around(scaled, SIZES)
    flat = class_means(seen(x, labels))
    assert (flat["means_by_size"], flat["weights_by_size"]) == (pytest.approx(expected), 0)
    x, labels = around(torch.eye(3).double(), SIZES)
    assert class_means(seen(x, labels, weight=scaled))["weights_by_size"] == pytest.approx(expected)


def test_classes_of_one_size_have_no_order():
    found = class_means(seen(*around(torch.diag(torch.tensor([3.0, 2.0, 1.0]).double()), [2, 2, 2])))
    assert (found["means_by_size"], found["weights_by_size"]) == (0, 0)


def test_what_has_no_class_means_is_refused():
    x = torch.eye(3)
    with pytest.raises(ValueError, match="one class each"):
        class_means(seen(x, torch.eye(3)))
    with pytest.raises(ValueError, match="without a training example"):
        class_means(seen(x, torch.tensor([0, 0, 2])))
    network = Unchanged(torch.eye(3))
    network.head = nn.Identity()
    with pytest.raises(ValueError, match="no linear map"):
        class_means(seen(x, torch.arange(3), network=network))
