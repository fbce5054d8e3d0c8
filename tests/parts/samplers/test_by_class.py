"""Sampling by class: how often classes and examples are drawn."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.nodes.build import bind
from tests.parts.sampling import K, N, sample
from tests.zoo import node


@pytest.mark.parametrize(
    ("name", "changed", "expected"),
    [
        ("class_balanced", {}, [1 / 4, 1 / 4, 1 / 4, 0, 1 / 4]),
        ("square_root", {}, [0.4457, 0.3152, 0.1783, 0, 0.0364]),  # sqrt(n) / 173.785
        ("class_balanced", {"power": 1.0}, [0.6, 0.3, 0.096, 0, 0.004]),
    ],
)
def test_classes_have_their_shares(name, changed, expected, labels):
    shares = labels[sample(name, labels, **changed)].bincount(minlength=K).double() / N
    expected = torch.tensor(expected, dtype=torch.float64)
    deviation = (expected * (1 - expected) / N).sqrt()
    assert ((shares - expected).abs() <= 4 * deviation + 1e-4 * (expected > 0)).all()


@pytest.mark.parametrize("name", ["class_balanced", "square_root"])
def test_examples_of_a_class_are_alike(name, labels):
    """Chi-square of the 40 examples of the smallest class over many epochs: 39 degrees of freedom."""
    draw, stream = bind("sampler", node(name, "sampler")), generator("order", 0)
    times = sum(draw(labels, K, stream).bincount(minlength=N) for _ in range(10))[labels == 4].double()
    assert ((times - times.mean()).square() / times.mean()).sum() < 73  # exceeded with probability 0.001


def test_the_last_example_of_a_class_can_be_drawn_and_none_beyond():
    labels = torch.tensor([2, 0, 2, 0])
    places = torch.cat([sample("class_balanced", labels, seed) for seed in range(50)])
    assert set(places.tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("power", [-0.5, 1.5])
def test_a_power_out_of_range_is_refused(power, labels):
    with pytest.raises(ConfigError, match=r"sampler.power=.*\[0, 1\]"):
        sample("class_balanced", labels, power=power)
