"""The barrier between two seeds' networks: what is the same in another order, and another program's curve."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.data.streams import numbers
from runner.merging.barrier import barrier
from runner.merging.chain import moved
from runner.merging.matching import matched
from runner.parts.calculations.weight_matching import LAYERS, line, trained
from runner.parts.probes.pair_barrier import pair_barrier
from tests.parts.probes.by_hand import Chain, linear, probed

KEYS = {"apart": 1000, "points": 5}
EYE = torch.eye(3) * 4


def relu(first, second):
    """A network of one hidden layer of relu units."""
    return Chain(nn.Sequential(nn.Flatten(), linear(*first.tolist()), nn.ReLU()), linear(*second.tolist()))


def seen(first, second, x, y):
    test = (x, y)
    return probed(first, x[:1], 1 - y[:1].clamp(max=1), other=second, test=test, num_classes=3)


def drawn(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(6, 3, generator=generator), torch.randn(3, 6, generator=generator)


def test_of_a_network_in_another_order_all_goes():
    first, second = drawn(0)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    found = pair_barrier(seen(relu(first, second), relu(first[order], second[:, order]), EYE, torch.arange(3)), **KEYS)
    assert found["barrier_before"] > 0.1
    assert found["barrier_after"] == pytest.approx(0, abs=1e-6)
    assert found["barrier_removed"] == pytest.approx(1, abs=1e-5)
    assert found["distance_kept"] == 0


def of_state(state):
    """A network of one hidden layer with these numbers."""
    first, last = nn.Linear(*reversed(state["weight1"].shape)), nn.Linear(*reversed(state["weight2"].shape))
    for layer, which in ((first, "1"), (last, "2")):
        layer.load_state_dict({"weight": state[f"weight{which}"], "bias": state[f"bias{which}"]})
    return Chain(nn.Sequential(nn.Flatten(), first, nn.ReLU()), last)


def test_barriers_are_those_of_lines_that_another_program_computes():
    x, y = torch.randn(30, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), torch.arange(30) % 3
    both = [trained(numbers("test", seed), x, y, 6, 60, 30, 0.05) for seed in (0, 1)]
    found = pair_barrier(seen(*map(of_state, both), x.float(), y), **KEYS)
    known = barrier(line(*both, x, y, 5))
    assert found["barrier_before"] == pytest.approx(known, rel=1e-4)
    after = moved(both[1], LAYERS, matched(*both, LAYERS))
    assert found["barrier_after"] == pytest.approx(barrier(line(both[0], after, x, y, 5)), rel=1e-4)
    assert 0 < found["barrier_after"] < known
    assert found["barrier_removed"] == pytest.approx(1 - found["barrier_after"] / known, rel=1e-4)


def test_of_two_units_the_nearer_order_is_known():
    """(1, 0), (0, 1) beside (0, 2), (2, 0): as they are, four weights differ, in the other order two."""
    ours, theirs = torch.eye(2), torch.tensor([[0.0, 2.0], [2.0, 0.0]])
    head = torch.zeros(3, 2)
    found = pair_barrier(seen(relu(ours, head + 1), relu(theirs, head), torch.eye(2), torch.arange(2)), **KEYS)
    before, after = (1 + 4 + 4 + 1) + 6, (1 + 1) + 6
    assert found["distance_kept"] == pytest.approx((after / before) ** 0.5, rel=1e-6)


def test_of_one_network_there_is_no_share():
    one = relu(*drawn(0))
    found = pair_barrier(seen(one, one, EYE, torch.arange(3)), **KEYS)
    assert (found["barrier_before"], found["barrier_after"]) == (0, 0)
    assert found["distance_kept"] != found["distance_kept"]
    assert found["barrier_removed"] != found["barrier_removed"]


class Twice(nn.Module):
    """No layer of a chain: a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(6))

    def forward(self, x):
        return F.relu(x) * self.scale


def test_what_has_no_barrier_is_refused():
    first, second = drawn(0)
    one = relu(first, second)
    with pytest.raises(ValueError, match="two networks"):
        pair_barrier(seen(one, None, EYE, torch.arange(3)), **KEYS)
    with pytest.raises(ValueError, match="two classes"):
        pair_barrier(seen(one, one, EYE, torch.arange(3))._replace(num_classes=0), **KEYS)
    unlike = Chain(nn.Sequential(linear(*first.tolist()), Twice()), linear(*second.tolist()))
    with pytest.raises(ValueError, match="chains of layers"):
        pair_barrier(seen(unlike, unlike, EYE, torch.arange(3)), **KEYS)
