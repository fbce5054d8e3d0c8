"""nc1 of each layer: of layers that scale, that collapse, and as its definition has it."""

import numpy as np
import pytest
import torch
from torch import nn

from runner.contracts.model import Model
from runner.contracts.probe import Examples, Probed
from runner.parts.probes.layer_collapse import layer_collapse


class Scaled(nn.Module):
    """Deviations from the given means of classes, times a number; the means stay."""

    def __init__(self, x, labels, by):
        super().__init__()
        self.means = torch.stack([x[labels == k].mean(0) for k in labels.unique()])[labels]
        self.by = by

    def forward(self, x):
        return self.means + self.by * (x - self.means)


def seen(body, x, labels, classes=2):
    network = Model()
    network.body, network.head = nn.Sequential(*body), nn.Identity()
    examples = Examples(x, labels, labels)
    return Probed(network, None, examples, examples, classes, lambda *_: torch.zeros(()), np.random.default_rng(0))


LABELS = torch.tensor([0, 0, 1, 1])
X = torch.tensor([[1.0, 3.0], [3.0, 3.0], [-1.0, 5.0], [-3.0, 5.0]], dtype=torch.float64)


def test_nc1_of_two_classes_by_hand():
    """Means (2, 3) and (-2, 5), so centred ones are c = (2, -1) and -c, of |c|^2 = 5, B = cc' and B^+ = cc' / 25. Each
    deviation is (+-1, 0): W = diag(1, 0), tr(W B^+) = 4 / 25, over K = 2 classes."""
    found = layer_collapse(seen([nn.Identity(), nn.Identity()], X, LABELS))
    assert found["nc1"] == pytest.approx(4 / 25 / 2)
    assert found["nc1_first"] == pytest.approx(4 / 25 / 2)
    assert found["nc1_ratio"] == pytest.approx(1)


def test_the_ratio_is_of_the_last_layer_over_the_one_before():
    halves, thirds = Scaled(X, LABELS, 1 / 2), Scaled(X, LABELS, 1 / 3)
    found = layer_collapse(seen([nn.Identity(), halves, thirds], X, LABELS))
    assert found["nc1_first"] == pytest.approx(4 / 25 / 2)
    assert found["nc1_ratio"] == pytest.approx(1 / 9)
    assert found["nc1"] == pytest.approx(4 / 25 / 2 / 36)


def test_what_cannot_collapse_is_refused():
    with pytest.raises(ValueError, match="no layer before the last"):
        layer_collapse(seen([nn.Identity()], X, LABELS))
    with pytest.raises(ValueError, match="one class each"):
        layer_collapse(seen([nn.Identity()] * 2, X, LABELS, classes=0))
