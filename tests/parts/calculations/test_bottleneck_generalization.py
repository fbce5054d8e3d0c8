"""Information bottleneck and generalization: the bound by hand, networks trained together as apart, wrong labels."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from runner.data.streams import numbers
from runner.parts.calculations._network import Network, tensor
from runner.parts.calculations._networks import Networks
from runner.parts.calculations.bottleneck_generalization import (
    bottleneck_generalization,
    fit,
    information,
    losses,
    measured,
    mislabelled,
    tau,
)

SMALL = {
    "noise": 0.3, "train_size": 50, "wrong": 0.2, "widths": [3, 6], "depths": [1], "decays": [0.0, 0.03],
    "batch_sizes": [10], "epochs": 20, "lr": 0.05,
}  # fmt: skip


def examples(n=30):
    draws = numbers("calculation", 5)
    return tensor(draws.normal(size=(n, 4))), tensor(draws.integers(10, size=n))


def test_information_by_hand():
    """Two images of one label, 2 apart, and one of another, in between: the variance is 2/3 in all."""
    held, labels = tensor(np.array([[-1.0], [1.0], [0.0]])), torch.tensor([0, 0, 7])
    alike = np.exp(-4 / (2 * 0.25 * 2 / 3))
    assert information(held, labels, 0.5) == pytest.approx(-2 / 3 * np.log((1 + alike) / 2))


def test_information_is_none_where_a_layer_is_the_same_and_log_n_where_noise_is_little():
    labels = torch.tensor([0] * 8 + [1] * 4)
    assert information(torch.ones(12, 3).double(), labels, 0.3) == pytest.approx(0.0, abs=1e-12)
    held = torch.arange(12).double()[:, None]
    assert information(held, labels, 1e-3) == pytest.approx((8 * np.log(8) + 4 * np.log(4)) / 12)
    assert 0 < information(held, labels, 10.0) < 0.01


def test_information_does_not_depend_on_scale_or_on_copies_of_units():
    held, labels = examples()
    found = information(held, labels, 0.3)
    assert information(100 * held, labels, 0.3) == pytest.approx(found)
    assert information(held.repeat(1, 5), labels, 0.3) == pytest.approx(found)
    assert information(held, torch.zeros(30), 0.3) > found


def test_networks_are_trained_together_as_apart():
    part, decays = examples(), [0.0, 0.1]
    order = [np.arange(10), np.arange(5, 20), np.arange(30)] * 3
    together = Networks(numbers("calculation", 0), [(4, 3, 3, 10), (4, 7, 7, 10)])
    fit(together, part, iter(order), 0.1, tensor(np.array(decays)))
    draws = numbers("calculation", 0).spawn(2)
    for i, (width, decay, begin) in enumerate(zip([3, 7], decays, draws, strict=True)):
        alone = Network(begin, (4, width, width, 10), ["relu", "relu"])
        optimizer = torch.optim.SGD(alone.parameters(), lr=0.1, momentum=0.9, weight_decay=decay)
        for batch in order:
            optimizer.zero_grad()
            F.cross_entropy(alone(part[0][batch]), part[1][batch]).backward()
            optimizer.step()
        norms = sum(float(one.detach().norm()) for one in alone.parameters())
        assert losses(together, part)[i].item() == pytest.approx(F.cross_entropy(alone(part[0]), part[1]).item())
        assert measured(together, part, "norm", 0.3)[i] == pytest.approx(norms)
        told = information(alone.layers(part[0])[-2].detach(), part[1], 0.3)
        assert measured(together, part, "information", 0.3)[i] == pytest.approx(told)


def test_units_that_a_narrow_network_lacks_stay_zero():
    networks = Networks(numbers("calculation", 0), [(4, 3, 3, 10), (4, 7, 7, 10)])
    fit(networks, examples(), iter([np.arange(30)] * 5), 0.1, torch.zeros(2).double())
    assert not networks.weights[1][0, 3:].any()
    assert not networks.weights[1][0, :, 3:].any()
    assert not networks.biases[0][0, :, 3:].any()
    assert networks.biases[0][1, :, 3:].any()


def test_a_share_of_labels_is_wrong_and_never_right_by_chance():
    x, y = examples(20000)
    kept, found = mislabelled(numbers("calculation", 0), (x, y), 0.2)
    assert kept is x
    assert (found != y).double().mean().item() == pytest.approx(0.2, abs=0.01)
    assert not (mislabelled(numbers("calculation", 0), (x, y), 1.0)[1] == y).any()
    assert ((found >= 0) & (found < 10)).all()


def test_tau_counts_pairs():
    assert tau(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(1 / 3)
    assert tau(np.array([1.0, 2, 3]), np.array([1.0, 1, 1])) == 0.0


def test_both_measures_are_of_the_same_gaps():
    one, other = (
        bottleneck_generalization(numbers("calculation", 0), measure=measure, **SMALL)
        for measure in ("information", "norm")
    )
    assert one["mean_gap"] == other["mean_gap"] > 0.1  # with 50 images, training fits
    assert one["gap_range"] == other["gap_range"] > 0.1
    assert one["tau"] > 0.2 < other["tau"]  # three units know less, and are smaller
