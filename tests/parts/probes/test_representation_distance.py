"""CKA and sliced Wasserstein-1: values by hand, what changes nothing, and which layer and examples count."""

import numpy as np
import pytest
import torch
from torch import nn

from runner.parts.probes.representation_distance import cka, representation_distance, sliced
from tests.parts.probes.by_hand import Chain, linear, probed

KEYS = {"apart": 1000, "directions": 50}


def drawn(seed, *size):
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def test_cka_of_two_columns_is_their_squared_correlation():
    x, y = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.0, 3.0, 1.0])
    assert cka(x[:, None], y[:, None]) == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-9)


def test_cka_by_hand():
    """x is two columns at right angles, each of length 2; y is the first of them: 16 / (sqrt(2) 4 * 4)."""
    x = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert cka(x, x[:, :1]) == pytest.approx(1 / 2**0.5, rel=1e-9)


def test_cka_is_1_of_what_is_turned_stretched_and_moved():
    x = drawn(0, 30, 5)
    turn = torch.linalg.qr(drawn(1, 5, 5)).Q
    assert cka(x, 3 * x @ turn + drawn(2, 5)) == pytest.approx(1, abs=1e-6)
    assert cka(x, x @ drawn(3, 5, 5)) < 0.999


def test_of_one_dimension_it_is_the_distance_of_two_sets_of_numbers():
    """From {0, 2} to {3, 4, 5}: a half each moves; 3 to the mean in all, and the standard deviation of {0, 2} is 1."""
    found = sliced(
        torch.tensor([[0.0], [2.0]]), torch.tensor([[3.0], [4.0], [5.0]]), torch.tensor([[2.0, -1.0]]).double()
    )
    assert found == pytest.approx((3, 3), rel=1e-9)
    wider = sliced(torch.tensor([[0.0], [4.0]]), torch.tensor([[3.0], [4.0], [5.0]]), torch.tensor([[5.0]]).double())
    assert wider == pytest.approx((2, 1), rel=1e-9)


def test_of_two_dimensions_a_shift_counts_by_its_mean_along_directions():
    """The mean of |cos| of an even angle is 2 / pi."""
    angles = torch.linspace(0, 2 * np.pi, 2001, dtype=torch.float64)[:-1]
    x = drawn(0, 20, 2)
    mean, _ = sliced(x, x + torch.tensor([3.0, 4.0]), torch.stack([angles.cos(), angles.sin()]))
    assert mean == pytest.approx(5 * 2 / np.pi, rel=1e-4)


def two_layers(last):
    """Features 1 and 2 as they are, then those of `last`."""
    return Chain(linear(*torch.eye(2).tolist()), linear(*last), nn.Linear(2, 1))


def test_layers_and_examples_are_those_that_are_meant():
    x, test = drawn(0, 40, 2), drawn(1, 30, 2) + 5
    one, other = two_layers([[2.0, 0.0], [0.0, 2.0]]), two_layers([[1.0, 1.0], [0.0, 0.0]])
    found = representation_distance(probed(one, x, x, other=other, test=(test, test)), **KEYS)
    assert found["cka_first"] == pytest.approx(1, abs=1e-6)
    assert found["cka_last"] == pytest.approx(cka(test, test.sum(1, keepdim=True)), rel=1e-5)
    assert found["cka_fall"] == pytest.approx(found["cka_first"] - found["cka_last"], abs=1e-9)
    ratio = found["w1_last"] / found["w1_first"]
    assert 1.6 < ratio < 2.4  # but for other directions, 2
    assert found["w1_last_relative"] == pytest.approx(found["w1_first_relative"], rel=0.2)
    assert 5 * 2 / np.pi == pytest.approx(found["w1_first"] / 2**0.5, rel=0.2)


def test_examples_of_training_lie_at_none_from_themselves():
    x = drawn(0, 40, 2)
    one = two_layers([[2.0, 0.0], [1.0, 2.0]])
    found = representation_distance(probed(one, x, x, other=one), **KEYS)
    assert [found[name] for name in ("w1_first", "w1_last", "w1_first_relative")] == [0, 0, 0]


def test_one_network_alone_is_refused():
    x = drawn(0, 4, 2)
    with pytest.raises(ValueError, match="two networks"):
        representation_distance(probed(two_layers([[1.0, 0.0], [0.0, 1.0]]), x, x), **KEYS)
