"""Bits of layers: by hand, and what each kind of bins makes of scale and of outliers."""

import numpy as np
import pytest
import torch
from torch import nn

from runner.contracts.model import Model
from runner.contracts.probe import Examples, Probed
from runner.parts.probes.layer_information import layer_information

LABELS = torch.tensor([0, 0, 1, 2])
X = torch.tensor([[-0.9], [-0.2], [0.3], [0.8]])


class Times(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return self.by * x


def bits(binning, bins, *factors, x=X, labels=LABELS, classes=3):
    network = Model()
    network.body, network.head = nn.Sequential(*(Times(by) for by in factors)), nn.Identity()
    examples = Examples(x, labels, labels)
    draws = np.random.default_rng(0)
    seen = Probed(network, None, examples, examples, classes, lambda *_: torch.zeros(()), draws)
    return layer_information(seen, binning=binning, bins=bins)


def test_two_bins_say_one_bit_of_four_inputs_and_as_much_of_labels():
    found = bits("range", 2, 1.0)
    assert found["input_last"] == pytest.approx(1)
    assert found["label_last"] == pytest.approx(1)  # below 0 the label is 0, and above it is 1 or 2
    assert bits("range", 4, 1.0)["input_last"] == pytest.approx(2)
    assert bits("range", 4, 1.0)["label_last"] == pytest.approx(1.5)  # H(Y)


def test_means_are_over_layers():
    found = bits("range", 4, 1.0, 0.0)  # the second layer holds nothing
    assert found["input_information"] == pytest.approx(1)
    assert found["label_information"] == pytest.approx(0.75)
    assert (found["input_last"], found["label_last"]) == (0, 0)


@pytest.mark.parametrize(("binning", "expected"), [("range", 1), ("span", 2), ("mass", 2)])
@pytest.mark.parametrize("by", [0.01, 100.0])
def test_only_a_range_that_is_fixed_knows_scale(binning, expected, by):
    assert bits(binning, 4, by)["input_last"] == pytest.approx(expected)


@pytest.mark.parametrize(("binning", "lost"), [("span", True), ("mass", False)])
def test_an_outlier_takes_the_width_of_bins_and_not_their_mass(binning, lost):
    far = torch.cat([X[:3], torch.tensor([[1000.0]])])
    assert (bits(binning, 4, 1.0, x=far)["input_last"] < 1) == lost


def test_numbers_are_refused():
    with pytest.raises(ValueError, match="one class each"):
        bits("range", 4, 1.0, classes=0)
